"""A report counts only what passed as passed, and says the same on the terminal, in JSON and in JUnit."""

from __future__ import annotations

import io
import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
from rich.console import Console

from builder.prove import Finding, LeftOut, ProofVerdict, Report, Status
from builder.prove.report.files import to_json, to_junit, write
from builder.prove.report.terminal import show

PASSED = Finding("tailnet.joined", Status.PASSED, "node-1 is online", ms=12)
FAILED = Finding("ssh.sshd", Status.FAILED, "sshd offers [password]\n\x1b[31mred", "see sshd_config", ms=1500)
NOT_RUN = Finding("target.cuda", Status.NOT_RUN, "no GPU here", ms=3)


def report(*findings: Finding) -> Report:
    left_out = (LeftOut("jupyter.token", "the target has no Jupyter"),)
    return Report("base", "tailbox/base:1", findings, left_out, ms=2500)


@pytest.mark.parametrize(
    ("findings", "verdict"),
    [
        ((PASSED,), ProofVerdict.PROVEN),
        ((PASSED, NOT_RUN), ProofVerdict.INCOMPLETE),
        ((PASSED, NOT_RUN, FAILED), ProofVerdict.FAILED),
        ((NOT_RUN,), ProofVerdict.FAILED),
        ((), ProofVerdict.FAILED),
    ],
)
def test_verdict(findings: tuple[Finding, ...], verdict: ProofVerdict) -> None:
    assert report(*findings).verdict is verdict


def test_summary_counts_each_status() -> None:
    summary = report(PASSED, NOT_RUN, FAILED).summary
    assert summary == "base: failed (1 passed, 1 failed, 1 not run) in 2.5 s"


def test_json_holds_everything() -> None:
    data = json.loads(to_json(report(PASSED, FAILED)))
    assert data["verdict"] == "failed"
    assert [finding["status"] for finding in data["findings"]] == ["passed", "failed"]
    assert data["findings"][1]["remedy"] == "see sshd_config"
    assert data["left_out"] == [{"check": "jupyter.token", "reason": "the target has no Jupyter"}]


def test_junit_marks_failures_and_skips() -> None:
    suite = ElementTree.fromstring(to_junit(report(PASSED, FAILED, NOT_RUN)))
    assert (suite.get("tests"), suite.get("failures"), suite.get("skipped")) == ("3", "1", "1")
    cases = {f"{case.get('classname')}.{case.get('name')}": case for case in suite.iter("testcase")}
    failure = cases["prove.ssh.sshd"].find("failure")
    assert failure is not None
    assert failure.get("message") == "sshd offers [password]"
    assert "do: see sshd_config" in (failure.text or "")
    assert cases["prove.target.cuda"].find("skipped") is not None
    assert cases["prove.tailnet.joined"].find("failure") is None
    properties = {p.get("name"): p.get("value") for p in suite.iter("property")}
    assert properties["left out: jupyter.token"] == "the target has no Jupyter"


def test_terminal_shows_remedy_and_takes_no_markup_from_details() -> None:
    text = io.StringIO()
    show(report(PASSED, FAILED, NOT_RUN), Console(file=text, width=200, no_color=True))
    shown = text.getvalue()
    assert "sshd offers [password]" in shown
    assert "do: see sshd_config" in shown
    assert "left out" in shown
    assert "\x1b" not in shown


def test_write_makes_both_files(tmp_path: Path) -> None:
    write(report(PASSED), tmp_path / "new")
    assert json.loads((tmp_path / "new" / "report.json").read_text())["verdict"] == "proven"
    assert ElementTree.parse(tmp_path / "new" / "junit.xml").getroot().get("failures") == "0"
