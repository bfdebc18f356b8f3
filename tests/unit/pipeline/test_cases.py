"""Public projects, reduced to facts: what is chosen for each, or which line says why not and what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from builder.core.errors import InvalidInputError
from builder.pipeline import other_cuda
from tests.kit.facts import WORKSPACE
from tools.projects import CASES, Case, load

ALL = load()


@pytest.mark.parametrize("case", ALL, ids=[case.target for case in ALL])
def test_each_project_is_chosen_for_or_refused_with_a_fix(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(CASES)
    monkeypatch.setattr(other_cuda, "compile_requirements", lambda *_, **__: "cupy-cuda13x==14.2.0\n")
    if case.refused:
        with pytest.raises(InvalidInputError) as caught:
            WORKSPACE.select(f"./{case.target}")
        said = str(caught.value)
        assert (case.refused in said, case.fix in said) == (True, True), said
        return
    selection = WORKSPACE.select(f"./{case.target}")
    assert (selection.release.version if selection.release else "") == case.torch
    said = "\n".join(map(str, selection.notes))
    assert [words for words in case.notes if words not in said] == []
    assert bool(case.notes) == bool(said), said


def test_every_target_of_the_cases_has_an_outcome() -> None:
    targets = {str(path.relative_to(CASES)) for path in CASES.glob("*/*.yaml")}
    assert targets - {case.target for case in ALL} == set()


def test_a_case_names_a_file_that_is_there() -> None:
    assert [case.target for case in ALL if not Path(CASES, case.target).is_file()] == []
