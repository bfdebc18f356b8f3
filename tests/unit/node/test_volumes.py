"""What an empty volume hides comes back: dev's home, and what the image has in /workspace."""

import errno
import os
import stat
from pathlib import Path

import pytest
from node.boot import volumes
from node.paths import Paths

ME = (os.geteuid(), os.getegid())


@pytest.fixture
def skeleton(tmp_path: Path) -> str:
    (tmp_path / "skel").mkdir()
    (tmp_path / "skel" / ".bashrc").write_text("PS1=\n")
    return str(tmp_path / "skel")


@pytest.fixture
def paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Paths:
    """A node whose image has `start` in /workspace, and whose as-dev runs a command as it is."""
    (tmp_path / "opt" / "bin").mkdir(parents=True)
    as_dev = tmp_path / "opt" / "bin" / "as-dev"
    as_dev.write_text('#!/bin/sh\nexec "$@"\n')
    as_dev.chmod(0o755)
    (tmp_path / "opt" / "workspace" / "start").mkdir(parents=True)
    (tmp_path / "opt" / "workspace" / "start" / "one.ipynb").write_text("{}")
    (tmp_path / "volume").mkdir()
    monkeypatch.setattr(os.path, "ismount", lambda _path: True)
    return Paths(opt=str(tmp_path / "opt"))


def test_a_volume_without_a_home_gets_one(tmp_path: Path, skeleton: str) -> None:
    home = tmp_path / "dev"
    assert volumes.make_home(str(home), ME, skeleton) == []
    assert (home / ".bashrc").read_text() == "PS1=\n"
    assert stat.S_IMODE(home.stat().st_mode) == 0o755
    assert (home.stat().st_uid, (home / ".bashrc").stat().st_uid) == (ME[0], ME[0])


def test_a_home_or_what_is_in_its_place_stays_as_it_is(tmp_path: Path, skeleton: str) -> None:
    home = tmp_path / "dev"
    home.symlink_to(tmp_path / "elsewhere")
    assert volumes.make_home(str(home), ME, skeleton) == []
    assert not (tmp_path / "elsewhere").exists()


def test_a_home_that_cannot_be_made_is_a_problem(
    tmp_path: Path, skeleton: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(os, "mkdir", refuse)
    (problem,) = volumes.make_home(str(tmp_path / "dev"), ME, skeleton)
    assert "is missing and cannot be made (Read-only file system)" in problem.what
    assert f"owned by uid {ME[0]}" in problem.remedy


@pytest.mark.parametrize("there", [[], ["lost+found"]])
def test_an_empty_volume_is_filled(paths: Paths, tmp_path: Path, there: list[str]) -> None:
    volume = tmp_path / "volume"
    for name in there:
        (volume / name).mkdir()
    assert volumes.fill(str(volume), ME, paths) == []
    os.wait()
    assert (volume / "start" / "one.ipynb").read_text() == "{}"


def test_the_copy_overwrites_nothing_that_a_person_writes_meanwhile(
    paths: Paths, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    volume = tmp_path / "volume"
    monkeypatch.setattr(os, "listdir", lambda path: ["start"] if path == paths.workspace else [])
    (volume / "start").mkdir()
    (volume / "start" / "one.ipynb").write_text("mine")
    assert volumes.fill(str(volume), ME, paths) == []
    os.wait()
    assert (volume / "start" / "one.ipynb").read_text() == "mine"


def test_what_a_used_volume_hides_is_named(paths: Paths, tmp_path: Path) -> None:
    (tmp_path / "volume" / "mine").mkdir()
    (problem,) = volumes.fill(str(tmp_path / "volume"), ME, paths)
    assert problem.what.endswith("hides what the image has there: start.")
    assert problem.remedy == f"Copy it from {paths.workspace}."
    assert not (tmp_path / "volume" / "start").exists()


def test_a_volume_that_was_filled_before_is_no_problem(paths: Paths, tmp_path: Path) -> None:
    (tmp_path / "volume" / "start").mkdir()
    assert volumes.fill(str(tmp_path / "volume"), ME, paths) == []
    assert list((tmp_path / "volume" / "start").iterdir()) == []


def test_a_volume_that_dev_cannot_write_is_named(paths: Paths, tmp_path: Path) -> None:
    (tmp_path / "volume").chmod(0o500)
    (problem,) = volumes.fill(str(tmp_path / "volume"), (12345, 12345), paths)
    assert "hides what the image has there" in problem.what


def test_without_a_volume_or_a_copy_nothing_happens(
    paths: Paths, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert volumes.fill(str(tmp_path / "volume"), ME, Paths(opt=str(tmp_path / "none"))) == []
    monkeypatch.setattr(os.path, "ismount", lambda _path: False)
    assert volumes.fill(str(tmp_path / "volume"), ME, paths) == []
    assert list((tmp_path / "volume").iterdir()) == []
