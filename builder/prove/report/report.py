"""The result of a proof: findings, their verdict, and the forms people and machines read."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path
from xml.etree import ElementTree

from rich.console import Console
from rich.table import Table
from rich.text import Text

from builder.prove.traffic.cells import Cell, Protocol, Row, rows, told


class Status(StrEnum):
    """How a check ended. What could not be run is never counted as passed."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_RUN = "not_run"


class Verdict(StrEnum):
    """What a whole proof says."""

    PROVEN = "proven"
    INCOMPLETE = "proven except not run"
    FAILED = "failed"


@dataclass(frozen=True)
class Finding:
    """What one check found: `detail` says what is, `remedy` what to do about a failure; `ms` it took.

    `cells` are the ways of traffic that it tried.
    """

    check: str
    status: Status
    detail: str
    remedy: str = ""
    ms: int = 0
    cells: tuple[Cell, ...] = ()


@dataclass(frozen=True)
class LeftOut:
    """A check that does not concern this target, and why."""

    check: str
    reason: str


@dataclass(frozen=True)
class Layer:
    """A layer of the image: the instruction that made it, and its size in bytes."""

    made_by: str
    size: int


@dataclass(frozen=True)
class Report:
    """Everything a proof found about one image; `ms` is the duration of the whole, tailnet included.

    `boot` has the milliseconds from the start of PID 1 to each mark of the node's boot.
    """

    target: str
    image: str
    findings: tuple[Finding, ...]
    left_out: tuple[LeftOut, ...] = ()
    ms: int = 0
    boot: Mapping[str, int] = field(default_factory=dict)
    layers: tuple[Layer, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """Failed if anything failed or nothing passed; proven only if nothing was left unrun."""
        statuses = {finding.status for finding in self.findings}
        if Status.FAILED in statuses or Status.PASSED not in statuses:
            return Verdict.FAILED
        return Verdict.INCOMPLETE if Status.NOT_RUN in statuses else Verdict.PROVEN

    def count(self, status: Status) -> int:
        """How many checks ended so."""
        return sum(finding.status is status for finding in self.findings)

    @property
    def summary(self) -> str:
        """One line: the verdict and the counts."""
        counts = ", ".join(f"{self.count(status)} {_words(status)}" for status in Status)
        return f"{self.target}: {self.verdict} ({counts}) in {self.ms / 1000:.1f} s"


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
        ElementTree.SubElement(properties, "property", name=name, value=_printable(value))
    for finding in report.findings:
        _add_case(suite, finding)
    ElementTree.indent(suite)
    text: bytes = ElementTree.tostring(suite, encoding="utf-8", xml_declaration=True)
    return text + b"\n"


def show(report: Report, console: Console) -> None:
    """Print the report as a table, with the remedy under each failure."""
    table = Table(box=None, pad_edge=False)
    for column in ("check", "result", "ms", "what was found"):
        table.add_column(
            column, justify="right" if column == "ms" else "left", no_wrap=column != "what was found"
        )
    for finding in report.findings:
        status = Text(_words(finding.status), style=_STYLES[finding.status])
        table.add_row(finding.check, status, str(finding.ms), Text(_printable(_with_remedy(finding))))
    for left in report.left_out:
        table.add_row(left.check, Text("left out", style="dim"), "", Text(left.reason, style="dim"))
    console.print(table)
    if grid := rows(cell for finding in report.findings for cell in finding.cells):
        console.print(_matrix(grid))
    console.print(Text(report.summary, style="bold"))


def _matrix(grid: Sequence[Row]) -> Table:
    """The cells of the matrix by pair, means and path."""
    table = Table(box=None, pad_edge=False, title="matrix", title_justify="left", title_style="bold")
    for column in ("from", "to", "means", "path", *(protocol.upper() for protocol in Protocol), "Mbit/s"):
        table.add_column(column, justify="right" if column == "Mbit/s" else "left")
    for row in grid:
        fields = [Text(told(row.by(protocol))) for protocol in Protocol]
        table.add_row(row.source, row.target, row.means, row.path, *fields, str(row.mbit_s or ""))
    return table


_STYLES = {Status.PASSED: "green", Status.FAILED: "bold red", Status.NOT_RUN: "yellow"}


def _words(status: Status) -> str:
    return status.value.replace("_", " ")


def _with_remedy(finding: Finding) -> str:
    return finding.detail + (f"\ndo: {finding.remedy}" if finding.remedy else "")


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
        element.set("message", _printable(finding.detail.partition("\n")[0]))
    element.text = _printable(_with_remedy(finding))


def _seconds(ms: int) -> str:
    return f"{ms / 1000:.3f}"


def _printable(text: str) -> str:
    """XML 1.0 cannot hold most control characters, and a terminal must not obey them."""
    return "".join(c if c in "\t\n\r" or c >= " " else f"\\x{ord(c):02x}" for c in text)
