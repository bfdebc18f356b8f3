"""Programs that run inside a node under test, with Debian's own Python and its standard library alone."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from builder.prove.tailnet.member import PRIVILEGED, Member


def run(member: Member, probe: str, *, stdin: bytes = b"", options: Sequence[str] = PRIVILEGED) -> bytes:
    """Run a probe of this folder, by default with every capability, to see all processes; what it printed."""
    source = Path(__file__).with_name(f"{probe}.py").read_text()
    return member.output(["/usr/bin/python3", "-IS", "-c", source], stdin=stdin, options=options)
