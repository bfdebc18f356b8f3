"""A conflict of uv, told in the lines of the person's own files, with a change that was tried."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

from builder.core.errors import TailboxError
from builder.lock.uv import ConflictError
from builder.pipeline import conflict
from builder.resolve.resolve import Selection, select
from builder.targets.target import load_target
from tests.kit.facts import FACTS, IMAGES, WORKSPACE

UV = """\
error: No solution found when resolving dependencies
  cause: Because xformers==0.0.32.post2 depends on torch==2.8.0 and you require torch==2.15.0, we can
         conclude that your requirements and xformers==0.0.32.post2 are incompatible."""


def selected(folder: Path, *requirements: str) -> Selection:
    (folder / "requirements.txt").write_text("".join(f"{one}\n" for one in requirements))
    (folder / "mine.yaml").write_text("extends: cuda-pytorch\nrequirements: requirements.txt\n")
    return select(load_target(str(folder / "mine.yaml"), IMAGES), FACTS)


def uv(monkeypatch: pytest.MonkeyPatch, fits: str) -> None:
    """A uv that finds wheels only where `fits` is required, and takes that release of torch by itself."""

    def compiled(requirements: Iterable[str], *_others: object, sources: object, excludes: object) -> str:
        assert (sources, excludes) == ({}, ())
        wanted = [*requirements]
        if fits in wanted or ("torch" in wanted and fits.startswith("torch==")):
            return f"{fits}\n" if "==" in fits else "torch==2.15.0\n"
        raise ConflictError(UV)

    monkeypatch.setattr(conflict, "compile_requirements", compiled)


def told(selection: Selection, text: str = UV) -> TailboxError:
    return conflict.explain(ConflictError(text), selection, WORKSPACE)


def test_both_sides_have_their_lines_and_the_release_was_tried(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    uv(monkeypatch, "torch==2.8.0")
    (problem,) = told(selected(tmp_path, "rich", "xformers==0.0.32.post2")).problems
    lines = problem.what.split("\n  ")
    assert lines[0] == "no set of wheels fits"
    assert lines[1].startswith("torch==2.15.0, the release that was chosen (")
    assert lines[2:] == [
        f"{tmp_path}/requirements.txt:2: xformers==0.0.32.post2",
        "xformers==0.0.32.post2 needs torch==2.8.0",
    ]
    assert problem.remedy == "write framework: torch==2.8.0 (tried: gives torch 2.8.0, CUDA 12.8)"
    assert problem.detail == UV


def test_a_line_is_freed_where_no_other_release_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    uv(monkeypatch, "xformers")
    (problem,) = told(selected(tmp_path, "xformers==0.0.32.post2")).problems
    assert problem.remedy.startswith(
        f"{tmp_path}/requirements.txt:1: write xformers without ==0.0.32.post2 (tried"
    )


def test_nothing_is_advised_that_did_not_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    uv(monkeypatch, "nothing")
    (problem,) = told(selected(tmp_path, "xformers==0.0.32.post2")).problems
    assert problem.remedy == "change one of these lines"


def test_an_index_that_does_not_answer_is_no_conflict(tmp_path: Path) -> None:
    text = "error: x\n  cause: Failed to fetch: https://own.example/simple/rich/\n  cause: dns error"
    (problem,) = told(selected(tmp_path, "rich"), text).problems
    assert problem.what == "https://own.example/simple/rich/ does not answer: dns error"
