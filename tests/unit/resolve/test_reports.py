"""Public bug reports: the resolver gives each of them the right answer, with the reason and a way out."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.kit.facts import FACTS, IMAGES
from tools import reports
from tools.reports import Case

CASES = reports.load()


def test_there_are_enough_cases_of_both_kinds() -> None:
    assert len(CASES) >= 30
    assert sum(case.serves for case in CASES) >= 10
    assert sum(not case.serves for case in CASES) >= 20


@pytest.mark.parametrize(
    "case", CASES, ids=[f"{n}-{case.report.split('/')[-3]}" for n, case in enumerate(CASES, 1)]
)
def test_a_report_gets_the_right_answer(case: Case, tmp_path: Path) -> None:
    advice = reports.answer(case, tmp_path, FACTS, IMAGES)
    told = reports.as_text(advice)
    assert advice.serves == case.serves, told
    assert all(words in told for words in case.says), told
    remedies = [problem.remedy for problem in advice.problems]
    assert all(case.change in remedy for remedy in remedies), remedies
