"""The base image: from a registry by digest, else made here once, and handed on whole or not at all."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event
from types import SimpleNamespace
from typing import Any, cast

import pytest

from builder.build import base_image
from builder.core import console, paths
from builder.core.errors import TailboxError
from builder.engine.client import Engine
from builder.facts.load import load_facts

pytestmark = pytest.mark.unit

VERSIONS = load_facts(paths.data("images"), None).versions
DIGEST = f"sha256:{'1' * 64}"


@pytest.fixture
def docker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A `docker` that is a shell script: the test writes what it does."""
    program = tmp_path / "bin" / "docker"
    program.parent.mkdir()
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    program.touch(mode=0o755)
    return program


@pytest.fixture
def notes(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    heard: list[str] = []
    monkeypatch.setattr(console, "note", heard.append)
    return heard


def _engine(*images: str) -> Engine:
    known = SimpleNamespace(get=lambda name: name if name in images else None)
    return Engine(cast(Any, SimpleNamespace(images=known)), "", "26", "overlay2", Path("/"))


def test_a_registry_that_answers_gives_the_digest(docker: Path, notes: list[str]) -> None:
    docker.write_text(f'#!/bin/sh\necho "$*" > {docker.parent}/asked\necho {DIGEST}\n')
    assert base_image.from_registry("debian:trixie-slim") == f"debian:trixie-slim@{DIGEST}"
    asked = (docker.parent / "asked").read_text().strip()
    assert asked == "buildx imagetools inspect debian:trixie-slim --format {{.Manifest.Digest}}"
    assert notes == [f"base image: debian:trixie-slim from the registry, {DIGEST}"]


def test_a_locked_name_is_asked_for_with_its_digest_and_keeps_it(docker: Path) -> None:
    docker.write_text(f"#!/bin/sh\necho {DIGEST}\n")
    name = f"debian:trixie-slim@{DIGEST}"
    assert base_image.from_registry(name) == name


def test_two_commands_that_need_a_base_make_it_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(base_image, "from_registry", lambda _: None)
    waiting, made = Event(), list[str]()
    monkeypatch.setattr(console, "note", lambda _: waiting.set())

    def from_packages(*_: object) -> str:
        waiting.wait(5)
        made.append(f"tailbox/debian:trixie-{len(made)}")
        return made[-1]

    monkeypatch.setattr(base_image, "from_packages", from_packages)
    engine = _engine("tailbox/debian:trixie-0")
    with ThreadPoolExecutor() as pool:
        bases = list(pool.map(lambda _: base_image.reference(VERSIONS, engine), range(2)))
    assert made == ["tailbox/debian:trixie-0"]
    assert bases == ["docker-image://tailbox/debian:trixie-0"] * 2


@pytest.mark.parametrize("script", ["exit 1", "tar -c -T /dev/null; exit 1", "echo no tar"])
def test_a_base_that_could_not_be_saved_is_not_kept(docker: Path, script: str) -> None:
    docker.write_text(f"#!/bin/sh\n{script}\n")
    with pytest.raises(TailboxError, match="tailbox/debian:trixie-1 could not be saved"):
        base_image.for_daemon("docker-image://tailbox/debian:trixie-1", _engine())
    assert not (paths.cache() / "base" / "trixie-1").exists()
