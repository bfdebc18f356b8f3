"""Debian's packages against their lock: a difference is told, and refused where a person says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from builder import debian_lock, lock
from builder.debian_lock import NotKept
from builder.lock import LockFiles

pytestmark = pytest.mark.unit

LOCKED = {"curl": "8.14.1-2", "less": "668-1", "zsh": "5.9-8"}
FOUND = {"curl": "8.14.1-3", "less": "668-1", "nano": "8.4-1"}


def test_what_is_written_is_read_sorted_and_the_same_bytes_twice(tmp_path: Path) -> None:
    files = LockFiles(tmp_path / "mine.lock.txt", tmp_path / "jupyter.txt")
    debian_lock.write(files.debian, dict(reversed(LOCKED.items())))
    once = files.debian.read_bytes()
    assert files.debian.name == "mine.lock.debian.txt"
    assert once.decode().splitlines() == ["curl=8.14.1-2", "less=668-1", "zsh=5.9-8"]
    debian_lock.write(files.debian, lock.read(files).debian)
    assert (lock.read(files).debian, files.debian.read_bytes()) == (LOCKED, once)


def test_a_lock_that_cannot_be_kept_is_refused_with_the_difference() -> None:
    with pytest.raises(NotKept) as caught:
        debian_lock.hold(LOCKED, FOUND, strictly=True)
    assert str(caught.value).splitlines()[1:4] == [
        "  curl 8.14.1-2 -> 8.14.1-3",
        "  nano (new) -> 8.4-1",
        "  zsh 5.9-8 -> (gone)",
    ]


def test_otherwise_the_difference_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    debian_lock.hold(LOCKED, FOUND, strictly=False)
    assert "curl 8.14.1-2 -> 8.14.1-3, nano (new) -> 8.4-1" in " ".join(capsys.readouterr().err.split())


@pytest.mark.parametrize("locked", [{}, FOUND])
def test_nothing_locked_and_nothing_changed_are_silent(
    locked: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    debian_lock.hold(locked, FOUND, strictly=True)
    assert capsys.readouterr().err == ""
