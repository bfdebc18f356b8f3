"""Print a report on the terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from builder.prove.cells import Protocol, Row, cells_text, rows
from builder.prove.report.model import Report, Status
from builder.prove.report.text import detail_and_remedy, printable


def show(report: Report, console: Console) -> None:
    """Print the report as a table, with the remedy under each failure."""
    table = Table(box=None, pad_edge=False)
    for column in ("check", "result", "ms", "what was found"):
        table.add_column(
            column, justify="right" if column == "ms" else "left", no_wrap=column != "what was found"
        )
    for finding in report.findings:
        status = Text(finding.status.label, style=_STYLES[finding.status])
        table.add_row(finding.check, status, str(finding.ms), Text(printable(detail_and_remedy(finding))))
    for left in report.left_out:
        table.add_row(left.check, Text("left out", style="dim"), "", Text(left.reason, style="dim"))
    console.print(table)
    if grid := rows(cell for finding in report.findings for cell in finding.cells):
        console.print(_matrix(grid))
    for finding in report.findings:
        if finding.status is Status.FAILED and (line := report.rerun(finding)):
            # Soft, so that what is copied holds no line break of the terminal's width.
            console.print(Text(f"again: {line}"), soft_wrap=True)
    console.print(Text(report.summary, style="bold"))


def _matrix(grid: Sequence[Row]) -> Table:
    """The cells of the matrix by pair, means and path."""
    table = Table(box=None, pad_edge=False, title="matrix", title_justify="left", title_style="bold")
    for column in ("from", "to", "means", "path", *(protocol.upper() for protocol in Protocol), "Mbit/s"):
        table.add_column(column, justify="right" if column == "Mbit/s" else "left")
    for row in grid:
        fields = [Text(cells_text(row.by(protocol))) for protocol in Protocol]
        table.add_row(row.source, row.target, row.means, row.path, *fields, str(row.mbit_s or ""))
    return table


_STYLES = {Status.PASSED: "green", Status.FAILED: "bold red", Status.NOT_RUN: "yellow"}
