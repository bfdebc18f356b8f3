"""The page of a report holds everything, takes no markup from details, and needs nothing outside itself."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

from builder.prove.cells import Cell, Means, Mode, Protocol
from builder.prove.cells import Route as Way
from builder.prove.report.html import to_html
from builder.prove.report.model import Finding, LayerSize, LeftOut, Report, Status

CELL = Cell(Mode.DEFAULT, "userspace", Means.PLAIN, Way.DERP, Protocol.UDP, "v6", True, "", 2.5)
REPORT = Report(
    "base",
    "tailbox/base:1",
    (
        Finding("ssh.sshd", Status.FAILED, "<script>alert(1)</script>", "see sshd_config", 12),
        Finding("target.cuda", Status.NOT_RUN, "no GPU here"),
        Finding("matrix.derp", Status.PASSED, "works", cells=(CELL, replace(CELL, failure="no answer"))),
    ),
    (LeftOut("jupyter.token", "the target has no Jupyter"),),
    2500,
    {"entrypoint": 20, "ready": 400},
    (LayerSize("RUN apt-get update", 120_000_000),),
    ("tailbox", "prove", "base"),
)


class Balanced(HTMLParser):
    """Fails on an end tag that closes another element than the last one opened."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        if tag not in ("meta", "img", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_everything_is_told() -> None:
    page = to_html(REPORT)
    for text in (
        "see sshd_config",
        "no GPU here",
        "WRONG: v6 no answer",
        "entrypoint",
        "120.0 MB",
        "no Jupyter",
    ):
        assert text in page
    assert "tailbox prove base --only ssh.sshd" in page
    parser = Balanced()
    parser.feed(page)
    assert parser.open == []


def test_details_are_text() -> None:
    page = to_html(REPORT)
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_pictures_are_taken_into_the_page(tmp_path: Path) -> None:
    (tmp_path / "1-cell.png").write_bytes(b"png")
    page = to_html(REPORT, [tmp_path / "1-cell.png"])
    assert "1-cell" in page
    assert re.findall(r'(?:src|href)="(?!data:)', page) == []
