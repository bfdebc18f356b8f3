"""A build cache that has lost layers, seen through a `docker` that behaves like such an engine's."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from builder.build.bake import bake_with_retry
from builder.core import paths
from builder.core.errors import TailboxError
from builder.engine.client import Engine
from tests.kit.engine import fake_engine
from tests.kit.programs import fake_docker

# What Docker 26.1.5 answers, in one event.
LOST = {"vertexes": [{"digest": "sha256:1", "name": "exporting to image", "error": "layer does not exist"}]}
_SAID = "the builder's cache no longer has the wheels of this lock"
GONE = {"vertexes": [{"digest": "sha256:1", "name": "[1/2] RUN sh /run/install.sh", "error": _SAID}]}
BROKEN = {"vertexes": [{"digest": "sha256:1", "name": "[1/2] RUN false", "error": "exit code: 1"}]}


def _engine(folder: Path, event: object, monkeypatch: pytest.MonkeyPatch) -> Engine:
    """Fails with this event unless it is told not to use its cache; writes down each call."""
    (folder / "event").write_text(json.dumps(event) + "\n")
    script = 'echo "$*" >> calls\ncase "$*" in *--no-cache) exit 0;; esac\n'
    fake_docker(folder, f"{script}cat {folder}/event >&2\nexit 1", monkeypatch)
    return fake_engine(folder)


def test_lost_layers_are_built_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = _engine(tmp_path, LOST, monkeypatch)
    bake_with_retry(tmp_path, engine, ["--set", "x"])
    first, second = (tmp_path / "calls").read_text().splitlines()
    assert second == f"{first} --no-cache"


def test_lost_wheels_are_fetched_anew_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = _engine(tmp_path, GONE, monkeypatch)
    with pytest.raises(TailboxError, match="no longer has the wheels"):
        bake_with_retry(tmp_path, engine, ["--set", "x"])
    first, *others = (tmp_path / "calls").read_text().splitlines()
    assert len(others) == 2
    assert all(re.fullmatch(rf"{re.escape(first)} --set \*\.args\.ANEW=\w+", other) for other in others)


def test_what_install_says_is_what_the_builder_listens_for() -> None:
    assert _SAID in (paths.data("templates") / "wheels" / "install.sh").read_text()


def test_a_step_that_fails_is_not_done_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = _engine(tmp_path, BROKEN, monkeypatch)
    with pytest.raises(TailboxError, match="RUN false"):
        bake_with_retry(tmp_path, engine, [])
    assert len((tmp_path / "calls").read_text().splitlines()) == 1
