"""A part of a document that a command writes: between `<!-- NAME: begin -->` and `<!-- NAME: end -->`."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from pathlib import Path

from builder.core import paths


@dataclass(frozen=True)
class Marked:
    """The place: a document of the project, and the marker's name."""

    document: str
    name: str

    @property
    def path(self) -> Path:
        return paths.PROJECT / self.document

    def settle(self, text: str, *, write: bool) -> bool:
        """Write `text` there, or without `write` say whether the document differs. ValueError: no markers."""
        old = self.path.read_text(encoding="utf-8")
        begin, end = f"<!-- {self.name}: begin -->", f"<!-- {self.name}: end -->"
        pattern = re.compile(f"(?<={re.escape(begin)}\n).*?(?={re.escape(end)})", re.DOTALL)
        if not pattern.search(old):
            raise ValueError(f"{self.document} has no markers {begin} ... {end}")
        new = pattern.sub(lambda _: f"{text}\n", old)
        if write:
            self.path.write_text(new, encoding="utf-8")
            return False
        if new != old:
            print(f"{self.document}: the part `{self.name}` is not what was measured", file=sys.stderr)
        return new != old
