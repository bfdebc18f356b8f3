"""The base image: named by its digest in a registry, and saved whole for a daemon that cannot see it."""

from __future__ import annotations

import os
from pathlib import Path
from unittest.mock import Mock

import pytest

from builder.build import base_image
from builder.core import paths
from builder.core.errors import TailboxError
from builder.engine.client import Engine

DIGEST = f"sha256:{'a' * 64}"


def _docker(folder: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "docker").write_text(f"#!/bin/sh\n{script}\n")
    (folder / "docker").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder / "cache"))


@pytest.mark.parametrize("name", ["debian:trixie-slim", f"debian:trixie-slim@sha256:{'b' * 64}"])
def test_a_registry_names_the_base_by_its_digest(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _docker(tmp_path, f'case "$*" in *{name}*) echo {DIGEST} ;; *) exit 1 ;; esac', monkeypatch)
    assert base_image.from_registry(name) == f"debian:trixie-slim@{DIGEST}"


def test_an_image_that_docker_does_not_save_whole_is_not_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _docker(tmp_path, "head -c 10240 /dev/zero; exit 1", monkeypatch)
    engine = Engine(Mock(), "unix:///there", "26.1.5", "overlay2", tmp_path)
    with pytest.raises(TailboxError, match=r"tailbox/debian:trixie-1 could not be saved"):
        base_image.for_daemon(base_image.BaseImage("tailbox/debian:trixie-1"), engine)
    assert list((paths.cache() / "base").iterdir()) == []
