"""A decision about an image, with its reason."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Choice:
    """One decision: its subject, its value, the reason, and the source of the fact."""

    what: str
    value: str
    reason: str
    source: str = ""
