"""The broken nodes: every check has one that it alone catches, and the document names just these."""

from __future__ import annotations

from pathlib import Path

from builder.prove import MemberSources, ProofPlan
from builder.prove.checks import REGISTRY
from tests.tailnet.mutants import MUTANTS, NODES
from tests.tailnet.mutants.others import OTHERS
from tests.tailnet.mutants.table import TABLE, table

CHECKS = {check.name for check in REGISTRY}


def test_names_are_unique_and_each_mutant_has_a_node() -> None:
    assert len(CHECKS) == len(REGISTRY)
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS)
    assert sum(map(len, NODES.values())) == len(MUTANTS)


def test_every_check_has_a_mutant_that_it_alone_catches() -> None:
    assert {mutant.check for mutant in MUTANTS if mutant.name not in OTHERS} == CHECKS


def test_checks_that_fail_with_a_mutant_are_others_than_its_own() -> None:
    checks = {mutant.name: mutant.check for mutant in MUTANTS}
    assert OTHERS.keys() <= checks.keys()
    assert all(others <= CHECKS - {checks[name]} for name, others in OTHERS.items())


def test_the_document_has_a_row_for_each_mutant() -> None:
    assert not TABLE.settle(table(), write=False)


def test_the_base_target_leaves_no_check_out() -> None:
    plan = ProofPlan("base", MemberSources("", Path(), Path()))
    assert all(check.left_out(plan) is None for check in REGISTRY)
