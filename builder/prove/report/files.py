"""Write a report as JSON and as JUnit XML."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from xml.etree import ElementTree

from builder.prove.report.model import Finding, Report, Status
from builder.prove.report.text import detail_and_remedy, printable


def write(report: Report, folder: Path) -> None:
    """Write `report.json` and `junit.xml` into the folder, which is made if it does not exist."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "report.json").write_text(to_json(report))
    (folder / "junit.xml").write_bytes(to_junit(report))


def to_json(report: Report) -> str:
    """The report as JSON, verdict included."""
    return json.dumps({"verdict": report.verdict, **asdict(report)}, indent=2, ensure_ascii=False) + "\n"


def to_junit(report: Report) -> bytes:
    """The report as a JUnit test suite: what was not run is `skipped`, what was left out is a property."""
    suite = ElementTree.Element(
        "testsuite",
        name=f"prove.{report.target}",
        tests=str(len(report.findings)),
        failures=str(report.count(Status.FAILED)),
        errors="0",
        skipped=str(report.count(Status.NOT_RUN)),
        time=_seconds(report.ms),
    )
    properties = ElementTree.SubElement(suite, "properties")
    for name, value in [("image", report.image), ("verdict", report.verdict), *_left_out(report)]:
        ElementTree.SubElement(properties, "property", name=name, value=printable(value))
    for finding in report.findings:
        _add_case(suite, finding)
    ElementTree.indent(suite)
    text: bytes = ElementTree.tostring(suite, encoding="utf-8", xml_declaration=True)
    return text + b"\n"


def _left_out(report: Report) -> Iterable[tuple[str, str]]:
    return ((f"left out: {left.check}", left.reason) for left in report.left_out)


def _add_case(suite: ElementTree.Element, finding: Finding) -> None:
    group, _, name = finding.check.rpartition(".")
    case = ElementTree.SubElement(
        suite, "testcase", classname=f"prove.{group}", name=name, time=_seconds(finding.ms)
    )
    tags = {Status.PASSED: "system-out", Status.FAILED: "failure", Status.NOT_RUN: "skipped"}
    element = ElementTree.SubElement(case, tags[finding.status])
    if finding.status is not Status.PASSED:
        element.set("message", printable(finding.detail.partition("\n")[0]))
    element.text = printable(detail_and_remedy(finding))


def _seconds(ms: int) -> str:
    return f"{ms / 1000:.3f}"
