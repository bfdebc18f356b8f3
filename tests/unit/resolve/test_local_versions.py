"""Versions and indexes of PyTorch's own: PyPI's wheel of the same CUDA, or both sides by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from builder.core.errors import InvalidInputError
from builder.resolve.resolve import select
from builder.targets.target import load_target
from tests.kit.facts import FACTS, IMAGES


def make(folder: Path, *requirements: str, text: str = "extends: cuda-pytorch-cu12\n") -> str:
    (folder / "requirements.txt").write_text("".join(f"{one}\n" for one in requirements))
    (folder / "mine.yaml").write_text(f"{text}requirements: requirements.txt\n")
    return str(folder / "mine.yaml")


@pytest.mark.parametrize(
    ("asked", "pinned", "why"),
    [
        ("torch==2.8.0+cu128", "torch==2.8.0", "is for CUDA 12.8, the same: it is taken"),
        (
            "torch==2.8.0+cu126",
            "torch==2.8.0",
            "is for CUDA 12.8, not 12.6: it is taken, for CUDA 12 all the same",
        ),
        ("torch==2.8.0+cpu", "torch==2.8.0", "is for CUDA 12.8, not cpu: it is taken"),
        ("torchvision==0.23.0+cu128", "torchvision==0.23.0", "it follows torch"),
    ],
)
def test_the_wheel_of_pypi_is_taken_and_said(tmp_path: Path, asked: str, pinned: str, why: str) -> None:
    selection = select(load_target(make(tmp_path, asked), IMAGES), FACTS)
    assert pinned in selection.requirements
    (note,) = selection.notes
    assert (note.what, note.where and note.where.line, why in note.why) == (asked, 1, True)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("torch==2.8.0+cu118", "requirements.txt:1: torch 2.8.0 is asked for CUDA 11.8; PyPI's wheel of"),
        (
            "own==1.0+cu12",
            "requirements.txt:1: own==1.0\\+cu12 is a local version.*\n  do: .*indexes: \\[URL\\]",
        ),
    ],
)
def test_what_pypi_does_not_have_is_refused(tmp_path: Path, asked: str, expected: str) -> None:
    with pytest.raises(InvalidInputError, match=expected):
        select(load_target(make(tmp_path, asked), IMAGES), FACTS)


def test_an_index_of_the_target_may_have_local_versions(tmp_path: Path) -> None:
    text = "extends: base\nindexes: [https://own.example/simple]\n"
    target = load_target(make(tmp_path, "own==1.0+cu12", text=text), IMAGES)
    assert "own==1.0+cu12" in select(target, FACTS).requirements


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("cu128", "PyPI's wheels are for the same CUDA 12.8: they are taken"),
        ("cu121", "it is for CUDA 12.1; PyPI's wheels, for CUDA 12.8, are taken"),
        ("cpu", "it is cpu; PyPI's wheels, for CUDA 12.8, are taken"),
    ],
)
def test_an_index_of_pytorch_is_judged_with_the_release(tmp_path: Path, path: str, why: str) -> None:
    option = f"--extra-index-url https://download.pytorch.org/whl/{path}"
    selection = select(load_target(make(tmp_path, option, "torch==2.8.0"), IMAGES), FACTS)
    assert [note.why for note in selection.notes] == [why]


def test_a_version_that_the_project_asks_for_chooses_the_release(tmp_path: Path) -> None:
    selection = select(load_target(make(tmp_path, "torch<2.10,>=2.8"), IMAGES), FACTS)
    assert selection.release
    assert selection.release.version == "2.9.1"
    (why,) = (choice.reason for choice in selection.choices if choice.what == "torch")
    assert why.endswith("requirements.txt:1 asks for torch<2.10,>=2.8")
