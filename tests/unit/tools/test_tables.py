"""What README and docs say of targets is what the catalogue, the measurements and the resolver say."""

from __future__ import annotations

import dataclasses

import pytest

from builder.image import size_budget
from builder.pipeline.plan import make_plan
from builder.pipeline.workspace import Workspace
from builder.targets.target import catalogue
from tools import measured, tables

MEASURED = measured.load()


def test_the_tables_are_as_they_would_be_written(capsys: pytest.CaptureFixture[str]) -> None:
    assert tables.main(["--check"]) == 0, capsys.readouterr().err


@pytest.mark.parametrize("name", MEASURED)
def test_what_was_measured_is_a_target_that_keeps_its_promises(name: str) -> None:
    assert name in catalogue()
    found, plan, limits = MEASURED[name], make_plan(name, Workspace.open()), size_budget.read(name)
    assert found.verdict.startswith("proven")
    assert all(check.startswith("target.") and check.endswith("-gpu") for check in found.not_run)
    assert limits is not None
    assert (found.disk, found.compressed) <= (limits.disk, limits.compressed)
    if found.is_of(plan):
        assert set(plan.archs) <= set(found.archs)


def test_what_was_measured_of_another_plan_is_not_shown() -> None:
    plan = make_plan("cuda", Workspace.open())
    found = dataclasses.replace(MEASURED["cuda"], tag=str(plan.reference), lock=measured.lock_digest(plan))
    assert found.is_of(plan)
    assert not found.is_of(dataclasses.replace(plan, tag="tailbox/cuda:1"))
    assert not found.is_of(dataclasses.replace(plan, wheels=()))
