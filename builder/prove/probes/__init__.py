"""Programs that run inside a node under test, with Debian's Python and only its standard library."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from builder.prove.tailnet.member import PRIVILEGED, Member


def run(member: Member, probe: str, *, stdin: bytes = b"", options: Sequence[str] = PRIVILEGED) -> bytes:
    """Run a probe of this folder and return its output; by default it may see all processes."""
    source = Path(__file__).with_name(f"{probe}.py").read_text()
    return member.output(["/usr/bin/python3", "-IS", "-c", source], stdin=stdin, options=options)
