"""The builds of CPython that are locked are those that the pinned uv knows, by its own hashes."""

from __future__ import annotations

from pathlib import Path

import pytest

from builder.core import paths
from builder.core.errors import TailboxError
from builder.lock import managed_python
from builder.lock.managed_python import as_json, newest_build, read_builds


def test_a_build_is_locked_as_uv_knows_it_whatever_this_users_mirror(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UV_PYTHON_INSTALL_MIRROR", "http://127.0.0.1:9/none")
    locked = read_builds(paths.data("images") / "locks" / managed_python.FILE)
    assert newest_build("3.12") == locked["3.12"]
    assert len(locked["3.12"].sha256) == 64


def test_a_python_that_uv_does_not_know_cannot_be_locked() -> None:
    with pytest.raises(TailboxError, match=r"uv knows no Python 3\.6"):
        newest_build("3.6")


def test_a_lock_is_read_as_it_was_written(tmp_path: Path) -> None:
    text = (paths.data("images") / "locks" / managed_python.FILE).read_text()
    assert as_json(read_builds(paths.data("images") / "locks" / managed_python.FILE).values()) == text
    assert read_builds(tmp_path / "none.json") == {}
