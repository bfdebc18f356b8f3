"""Locks between commands: one at a time, with a word to the one that waits."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import pytest

from builder.core import console
from builder.engine.locks import exclusive

pytestmark = pytest.mark.unit


def test_the_second_command_waits_and_says_for_what(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    notes: list[str] = []
    waiting, order = Event(), list[str]()

    def note(text: str) -> None:
        notes.append(text)
        waiting.set()

    monkeypatch.setattr(console, "note", note)

    def second() -> None:
        with exclusive(tmp_path / "lock", "making the base"):
            order.append("second")

    with ThreadPoolExecutor() as pool:
        with exclusive(tmp_path / "lock", "making the base"):
            job = pool.submit(second)
            assert waiting.wait(30)
            order.append("first")
        job.result()
    assert order == ["first", "second"]
    assert notes == ["another command is making the base: waiting for it"]


def test_a_link_in_the_place_of_the_lock_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "lock").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match="Too many levels of symbolic links"), exclusive(tmp_path / "lock", ""):
        pass
    assert not os.path.lexists(tmp_path / "elsewhere")


def test_a_lock_is_free_after_an_error(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="broken"), exclusive(tmp_path / "lock", ""):
        raise ValueError("broken")
    with exclusive(tmp_path / "lock", ""):
        pass
