"""Each public project that was tried came to what its file expects, and was refused with its words."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools import corpus
from tools.corpus import Result


@pytest.mark.parametrize("name", corpus.results())
def test_each_project_came_to_what_is_expected_of_it(name: str) -> None:
    project, result = corpus.load(name), corpus.results()[name]
    assert result.fits(project), f"{name} came to {result.reached}: {result.said}"


def test_no_result_is_left_of_a_project_that_is_gone() -> None:
    assert set(corpus.results()) <= set(corpus.names())


@pytest.mark.parametrize(
    ("expect", "reached", "said", "fits"),
    [
        ("locked", "locked", "", True),
        ("locked", "built", "", True),
        ("locked", "planned", "", False),
        ("refused", "described", "flash-attn has no wheel", True),
        ("refused", "planned", "something else", False),
        ("refused", "locked", "flash-attn has no wheel", False),
    ],
)
def test_a_result_fits_by_how_far_it_came_and_by_its_words(
    expect: str, reached: str, said: str, fits: bool
) -> None:
    project = corpus.load("axolotl").model_copy(update={"expect": expect, "says": ("flash-attn",)})
    assert Result(reached, said, 1.0, "2026-11-28").fits(project) is fits  # type: ignore[arg-type]


def test_extras_take_the_place_of_those_that_were_chosen(tmp_path: Path) -> None:
    target = tmp_path / "mine.yaml"
    target.write_text("project: pyproject.toml\nextras: [cu130]\n")
    corpus._take_extras(target, ("cu128", "gui"))
    assert target.read_text() == "project: pyproject.toml\nextras: [cu128, gui]\n"
