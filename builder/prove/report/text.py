"""Texts that the terminal and the files of a report share."""

from __future__ import annotations

from builder.prove.report.model import Finding


def detail_and_remedy(finding: Finding) -> str:
    """Return what a check found, and below it what to do about it."""
    return finding.detail + (f"\ndo: {finding.remedy}" if finding.remedy else "")


def printable(text: str) -> str:
    """Escape control characters: XML 1.0 cannot hold most of them, and a terminal must not obey them."""
    return "".join(c if c in "\t\n\r" or c >= " " else f"\\x{ord(c):02x}" for c in text)
