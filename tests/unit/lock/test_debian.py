"""Debian's packages against their lock: a difference is told, and refused where a person says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from builder.core.errors import InvalidInputError
from builder.lock import lockfiles
from builder.lock.debian import (
    DebianLockMismatchError,
    read_debian_lock,
    verify_debian_lock,
    write_debian_lock,
)
from builder.lock.lockfiles import LockFiles
from builder.lock.pins import read_pins

LOCKED = {
    "curl": "8.14.1-2 sha256:aa",
    "git": "1 sha256:bb",
    "less": "668-1 sha256:cc",
    "zsh": "5.9-8 sha256:dd",
}
FOUND = {
    "curl": "8.14.1-3 sha256:ab",
    "git": "1 sha256:b0",
    "less": "668-1 sha256:cc",
    "nano": "8.4-1 sha256:ee",
}


def test_what_is_written_is_read_sorted_and_the_same_bytes_twice(tmp_path: Path) -> None:
    files = LockFiles(tmp_path / "mine.lock.txt", tmp_path / "jupyter.txt", tmp_path / lockfiles.BASE)
    write_debian_lock(files.debian, dict(reversed(LOCKED.items())))
    once = files.debian.read_bytes()
    assert files.debian.name == "mine.lock.debian.txt"
    assert once.decode().splitlines() == [f"{name}={version}" for name, version in LOCKED.items()]
    write_debian_lock(files.debian, lockfiles.read(files).debian)
    assert (lockfiles.read(files).debian, files.debian.read_bytes()) == (LOCKED, once)


def test_a_lock_that_cannot_be_kept_is_refused_with_the_difference() -> None:
    with pytest.raises(DebianLockMismatchError) as caught:
        verify_debian_lock("mine", LOCKED, FOUND, require_locked=True)
    assert str(caught.value).splitlines()[1:] == [
        "  curl 8.14.1-2 -> 8.14.1-3",
        "  git 1 has other content",
        "  nano (new) -> 8.4-1",
        "  zsh 5.9-8 -> (gone)",
        "  do: tailbox lock --debian mine, or take them as they are now: leave out --locked",
    ]


def test_otherwise_the_difference_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    verify_debian_lock("mine", LOCKED, FOUND, require_locked=False)
    assert "curl 8.14.1-2 -> 8.14.1-3, git 1 has other content, nano (new) -> 8.4-1 and 1 more" in " ".join(
        capsys.readouterr().err.split()
    )


@pytest.mark.parametrize("locked", [{}, FOUND])
def test_nothing_locked_and_nothing_changed_are_silent(
    locked: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    verify_debian_lock("mine", locked, FOUND, require_locked=True)
    assert capsys.readouterr().err == ""


def test_a_broken_lock_is_told_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "mine.lock.debian.txt"
    file.write_text("curl=1 sha256:a\n<<<<<<< HEAD\n")
    with pytest.raises(
        InvalidInputError, match=r"mine\.lock\.debian\.txt:2: '<<<<<<< HEAD' locks no version"
    ):
        read_debian_lock(file)


@pytest.mark.parametrize("text", ["idna>=3\n", "idna==not.a.version\n"])
def test_a_broken_lock_of_wheels_is_told(text: str, tmp_path: Path) -> None:
    (tmp_path / "mine.lock.txt").write_text(text)
    with pytest.raises(InvalidInputError, match=r"is not a lock file: .*\n  do: remove it, then"):
        read_pins(tmp_path / "mine.lock.txt")
