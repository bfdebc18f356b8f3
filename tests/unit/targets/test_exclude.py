"""Packages that are never installed: named by a target or a project, and nothing is dropped in silence."""

from __future__ import annotations

from pathlib import Path

import pytest

from builder.core.errors import InvalidInputError
from tests.unit.targets.user_target import own, planned

PROJECT = """\
[project]
name = "p"
version = "1"
dependencies = ["rich"]
[tool.uv]
exclude-dependencies = ["opencv-python"]
"""


def test_what_a_target_excludes_is_left_out_of_its_requirements_and_named(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("rich\nOpenCV_Python>=4\n")
    wanted = own(tmp_path, "packages:\n  exclude: [opencv.python]\nrequirements: requirements.txt\n")
    assert (wanted.excludes, "rich" in wanted.pip, len(wanted.pip)) == (("opencv-python",), True, 3)
    assert [str(note).replace(f"{tmp_path}/", "") for note in wanted.notes] == [
        "mine.yaml:3: opencv.python: excluded: not installed, though packages ask for it",
        "requirements.txt:2: OpenCV_Python>=4: left out: it is excluded",
    ]


def test_what_uv_excludes_from_a_project_is_taken_over(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(PROJECT)
    wanted = own(tmp_path, "project: pyproject.toml\n")
    assert wanted.excludes == ("opencv-python",)
    assert str(wanted.notes[0].where).endswith("pyproject.toml:6")


def test_a_lock_that_still_holds_it_is_refused(tmp_path: Path) -> None:
    with pytest.raises(
        InvalidInputError, match="the lock of mine holds pygments, excluded\n  do: tailbox lock"
    ):
        planned(own(tmp_path, "packages: {exclude: [pygments]}\n"))
