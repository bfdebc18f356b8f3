"""What a killed run leaves is removed by the next one; what a living one has stays."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from builder.core import tempdirs

HOLDER = """
import sys
from pathlib import Path
from builder.core import tempdirs
with tempdirs.folder(Path(sys.argv[1])) as made:
    (made / "layer").touch()
    print(made, flush=True)
    sys.stdin.read()
"""


@contextmanager
def held_in(place: Path) -> Iterator[Path]:
    """The folder of another process, which is killed at the end of the block."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, place], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        try:
            yield Path(holder.stdout.readline().strip())
        finally:
            holder.kill()


def test_only_folders_whose_owner_is_gone_are_removed(tmp_path: Path) -> None:
    other = tmp_path / "tailscaled"
    other.mkdir()
    with held_in(tmp_path) as theirs, tempdirs.folder(tmp_path) as mine:
        tempdirs.sweep(tmp_path)
        assert (theirs / "layer").exists()
        assert mine.exists()
    assert not mine.exists()
    assert (theirs / "layer").exists()
    tempdirs.sweep(tmp_path)
    assert list(tmp_path.iterdir()) == [other]


def test_what_only_has_such_a_name_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with held_in(tmp_path / "elsewhere") as killed:
        name = killed.name
    place = tmp_path / "place"
    precious = tmp_path / "precious"
    for folder in (precious, place / name.replace(re.findall(r"\d+", name)[0], "foo")):
        folder.mkdir(parents=True)
        (folder / "file").touch()
    (place / name).symlink_to(precious)
    (place / f"{name}x").touch()
    mounts = tmp_path / "mounts"
    mounts.write_text(f"disk {precious} ext4 rw 0 0\n")
    monkeypatch.setattr(tempdirs, "_MOUNTS", mounts)
    monkeypatch.setattr("subprocess.run", lambda *_, **__: pytest.fail("something was unmounted"))
    before = sorted(tmp_path.rglob("*"))
    tempdirs.sweep(place)
    assert sorted(tmp_path.rglob("*")) == before


def test_a_folder_of_another_user_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with held_in(tmp_path) as left:
        pass
    monkeypatch.setattr("os.geteuid", lambda: left.stat().st_uid + 1)
    tempdirs.sweep(tmp_path)
    assert left.exists()


def test_a_folder_that_is_swept_before_it_is_locked_is_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = tempfile.mkdtemp

    def swept_once(prefix: str, dir: Path) -> str:
        monkeypatch.setattr("tempfile.mkdtemp", made)
        new = made(prefix=prefix, dir=dir)
        tempdirs.sweep(tmp_path)
        return new

    monkeypatch.setattr("tempfile.mkdtemp", swept_once)
    with tempdirs.folder(tmp_path) as mine:
        assert mine.exists()
        assert [mine] == list(tmp_path.iterdir())


def half(folder: Path) -> None:
    with tempdirs.filled(folder) as filling:
        (filling / "half").touch()
        raise InterruptedError


def test_a_folder_is_filled_wholly_or_not_at_all(tmp_path: Path) -> None:
    kept = tmp_path / "go" / "1.26"
    with pytest.raises(InterruptedError):
        half(kept)
    assert not list(kept.parent.iterdir())
    with tempdirs.filled(kept) as late:
        (late / "late").touch()
        with tempdirs.filled(kept) as first:
            (first / "first").touch()
        assert [file.name for file in kept.iterdir()] == ["first"]
    assert [file.name for file in kept.iterdir()] == ["first"]
    assert list(kept.parent.iterdir()) == [kept]


def test_what_cannot_be_put_in_its_place_is_told(tmp_path: Path) -> None:
    (tmp_path / "kept").touch()
    with pytest.raises(NotADirectoryError), tempdirs.filled(tmp_path / "kept"):
        pass


def test_a_folder_goes_when_its_work_fails(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), tempdirs.folder(tmp_path):
        _ = 1 / 0
    assert not list(tmp_path.iterdir())
