"""The runner turns every end of a check into a finding, and runs checks side by side."""

from __future__ import annotations

import threading

import pytest

from builder.prove import Finding, Status
from builder.prove.errors import CheckFailedError, CheckNotRunError
from builder.prove.runner import ProofCheck, choose, run_all, run_check


def raising(error: BaseException) -> ProofCheck[str, None]:
    def run(_subject: str) -> str:
        raise error

    return ProofCheck("theme.name", run)


def test_a_pass_carries_what_was_seen() -> None:
    finding = run_check(ProofCheck("theme.name", lambda subject: f"saw {subject}"), "node")
    assert (finding.check, finding.status, finding.detail) == ("theme.name", Status.PASSED, "saw node")


def test_a_failure_carries_its_remedy() -> None:
    finding = run_check(raising(CheckFailedError("wrong", "repair it")), "node")
    assert (finding.status, finding.detail, finding.remedy) == (Status.FAILED, "wrong", "repair it")


def test_not_run_is_no_pass() -> None:
    finding = run_check(raising(CheckNotRunError("no GPU")), "node")
    assert (finding.status, finding.detail) == (Status.NOT_RUN, "no GPU")


def test_a_crash_of_the_check_is_a_failure_that_says_where() -> None:
    finding = run_check(raising(KeyError("token")), "node")
    assert finding.status is Status.FAILED
    assert "KeyError: 'token'" in finding.detail
    assert "test_runner.py" in finding.detail


def test_checks_run_side_by_side_and_keep_their_order() -> None:
    barrier = threading.Barrier(2, timeout=10)
    checks = [
        ProofCheck[str, None](name, lambda _: f"met {barrier.wait() >= 0}")
        for name in ("a.first", "b.second")
    ]
    heard: list[Finding] = []
    findings = run_all(checks, "node", workers=2, on_finding=heard.append)
    assert [finding.check for finding in findings] == ["a.first", "b.second"]
    assert {finding.status for finding in findings} == {Status.PASSED}
    assert sorted(heard, key=lambda finding: finding.check) == list(findings)


def test_an_interrupt_is_not_swallowed() -> None:
    def interrupt(_finding: Finding) -> None:
        raise KeyboardInterrupt

    checks = [ProofCheck[str, None]("a.first", lambda _: "seen")]
    with pytest.raises(KeyboardInterrupt):
        run_all(checks, "node", workers=1, on_finding=interrupt)


def test_what_does_not_concern_the_plan_is_left_out_with_the_reason() -> None:
    checks = [
        ProofCheck[str, bool](
            "jupyter.token", lambda _: "seen", lambda jupyter: None if jupyter else "no Jupyter"
        ),
        ProofCheck[str, bool]("tailnet.joined", lambda _: "seen"),
    ]
    chosen, left_out = choose(checks, False)
    assert [check.name for check in chosen] == ["tailnet.joined"]
    assert [(left.check, left.reason) for left in left_out] == [("jupyter.token", "no Jupyter")]
    assert choose(checks, True) == (checks, [])
