"""Files that are named and cannot be read, names that no target can have, and what `tailbox new` writes."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from builder.core.errors import InvalidInputError
from builder.targets.scaffold import write_target_file
from builder.targets.target import load_target
from tests.unit.targets.user_target import own, refused


@pytest.mark.parametrize("key", ["extends", "requirements", "project"])
def test_a_folder_is_no_file(tmp_path: Path, key: str) -> None:
    (tmp_path / "sub").mkdir()
    said = refused(tmp_path, f"{key}: ./sub\n")
    assert said == f"{tmp_path}/mine.yaml:2: {tmp_path}/sub is a folder\n  do: name a file in it"


def test_a_folder_is_no_target(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match=r"is a folder\n  do: name a file in it"):
        load_target(f"{tmp_path.parent}/../{tmp_path.parent.name}/../..")


@pytest.mark.parametrize("key", ["extends", "requirements", "project"])
def test_a_file_that_cannot_be_opened_is_said_with_its_reason(tmp_path: Path, key: str) -> None:
    (tmp_path / "beside").symlink_to("beside")
    assert "mine.yaml:2: " in (said := refused(tmp_path, f"{key}: ./beside\n"))
    assert "beside cannot be read: Too many levels" in said


def test_a_file_to_copy_that_cannot_be_opened_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "x").touch()

    def opened(path: Path) -> bytes:
        if path.name == "x":
            raise PermissionError(13, "Permission denied", str(path))
        return b""

    monkeypatch.setattr(Path, "read_bytes", opened)
    said = refused(tmp_path, "files: {/x: x}\n")
    assert said.startswith(f"{tmp_path}/mine.yaml:2: {tmp_path}/x cannot be read: Permission denied")


def test_a_target_that_cannot_be_opened_is_said_with_its_reason(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").symlink_to("mine.yaml")
    with pytest.raises(InvalidInputError, match="cannot be read: Too many levels"):
        load_target(str(tmp_path / "mine.yaml"))


def test_a_name_that_is_too_long_is_said(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="cannot be read: File name too long"):
        load_target(f"{tmp_path}/{'x' * 300}.yaml")


@pytest.mark.parametrize("name", ["mine.v2", "a.b-c"])
def test_a_name_with_dots_is_refused_in_words(tmp_path: Path, name: str) -> None:
    assert "small letters and digits, with - between them" in refused(tmp_path, "", name)


def test_new_takes_the_name_of_the_file_too(tmp_path: Path) -> None:
    assert write_target_file("mine.yaml", "base", [], tmp_path) == tmp_path / "mine.yaml"


def test_new_says_that_a_folder_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match=r"sub/mine\.yaml cannot be written: .*\n  do: "):
        write_target_file("sub/mine", "base", [], tmp_path)
    with pytest.raises(InvalidInputError, match=r"cannot be written: File name too long"):
        write_target_file("x" * 300, "base", [], tmp_path)


@pytest.mark.parametrize("place", [str, lambda folder: f"{folder}/a: b"])
def test_new_extends_a_file(tmp_path: Path, place: Callable[[Path], str]) -> None:
    folder = Path(place(tmp_path))
    folder.mkdir(exist_ok=True)
    own(folder, "framework: torch\n", "team")
    (tmp_path / "sub").mkdir()
    team = os.path.relpath(folder / "team.yaml", tmp_path)
    for name in ("mine", "sub/other", str(tmp_path / "sub" / "third")):
        path = write_target_file(name, f"./{team}", [], tmp_path)
        assert load_target(str(path)).ancestors[0] == "team"
    assert "tailbox build ./sub/other.yaml" in (tmp_path / "sub" / "other.yaml").read_text()


def test_new_extends_no_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match=r"team\.yaml does not exist"):
        write_target_file("mine", "./team.yaml", [], tmp_path)
    with pytest.raises(InvalidInputError, match="unknown target 'bsae'; did you mean base"):
        write_target_file("mine", "bsae", [], tmp_path)
    assert not (tmp_path / "mine.yaml").exists()
