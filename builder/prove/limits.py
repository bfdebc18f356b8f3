"""How long the checks wait, and how many ports they try."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """The defaults are those of a proof. On a node that is known to be broken, less shows the same.

    `works_seconds` are for traffic that must work, which may be slow on a busy machine; `fails_seconds` for
    traffic that must not, which fails at once where it fails as it must. Within `presence_seconds` control
    must see a node vanish or come back. The relay is asked up to `relay_pings` times; `ports` are scanned.
    """

    works_seconds: float = 15.0
    fails_seconds: float = 8.0
    presence_seconds: float = 60.0
    relay_pings: int = 10
    ports: Sequence[int] = range(1, 1 << 16)


OF_A_PROOF = Limits()
