"""The report as one page of HTML that needs nothing but itself."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import jinja2

from builder.core import paths
from builder.prove.cells import Protocol, cells_text, rows
from builder.prove.report.model import ProofVerdict, Report, Status


@dataclass(frozen=True)
class Bar:
    """One bar of a chart; `percent` of the longest."""

    name: str
    value: str
    percent: float


@dataclass(frozen=True)
class Screenshot:
    """A picture, as base64."""

    name: str
    data: str


def to_html(report: Report, screenshots: Iterable[Path] = ()) -> str:
    """The page; pictures are taken into it."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(paths.data("templates")),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
    )
    return environment.get_template("report.html.j2").render(
        report=report,
        failed=report.verdict is ProofVerdict.FAILED,
        proven=report.verdict is ProofVerdict.PROVEN,
        by_status={
            status.value: [each for each in report.findings if each.status is status] for status in Status
        },
        grid=rows(cell for finding in report.findings for cell in finding.cells),
        protocols=list(Protocol),
        told=cells_text,
        boot=_bars(((name, float(ms)) for name, ms in report.boot.items()), "{:.0f}"),
        layers=_bars(((layer.made_by, layer.size / 1e6) for layer in report.layers), "{:.1f}"),
        screenshots=[
            Screenshot(path.stem, base64.b64encode(path.read_bytes()).decode()) for path in screenshots
        ],
    )


def _bars(values: Iterable[tuple[str, float]], form: str) -> list[Bar]:
    pairs = list(values)
    longest = max((value for _, value in pairs), default=0) or 1
    return [Bar(name, form.format(value), round(100 * value / longest, 1)) for name, value in pairs]
