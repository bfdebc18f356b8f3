"""The table of mutants: what it says of one that got away, and that the document is of this prover."""

from __future__ import annotations

import re

import pytest

from builder.core import paths
from builder.prove.checks import REGISTRY
from tests.tailnet.mutants import MUTANTS
from tools.mutants import Found, faults, is_caught, table

pytestmark = pytest.mark.unit

MUTANT = MUTANTS[0]
# On each broken node its check fails, and no other.
ALONE: dict[str, Found] = {mutant.name: {mutant.check: "broken"} for mutant in MUTANTS}


def test_one_that_got_away_and_one_with_another_message_are_faults() -> None:
    assert not is_caught(MUTANT, {})
    assert not is_caught(MUTANT, {MUTANT.check: "something else"})
    told = faults({**ALONE, MUTANT.name: {}})
    assert any(fault.startswith(f"{MUTANT.check}: {MUTANT.name}: passed") for fault in told)


def test_a_check_whose_mutants_others_catch_too_is_a_fault() -> None:
    shared = {name: {**found, "another.check": "too"} for name, found in ALONE.items()}
    assert f"{MUTANT.check}: no mutant that it alone catches" in faults(shared)
    assert f"{MUTANT.check}: no mutant that it alone catches" not in faults(ALONE)
    assert "`another.check`" in table(shared)


def test_the_document_has_a_line_for_each_mutant_and_each_check_one_that_it_alone_catches() -> None:
    page = (paths.PROJECT / "docs" / "mutants.md").read_text(encoding="utf-8")
    lines = re.findall(r"(?m)^\| `([a-z0-9_.]+)` \| (.+?) \| (yes|\*\*no\*\*) \| (.+) \|$", page)
    assert {(check, name) for check, name, *_ in lines} == {(each.check, each.name) for each in MUTANTS}
    assert {caught for *_, caught, _ in lines} == {"yes"}
    assert {check for check, *_, others in lines if others == "-"} == {check.name for check in REGISTRY}
