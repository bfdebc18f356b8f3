"""What a command leaves out or changes of what a person wrote, and why."""

from __future__ import annotations

from dataclasses import dataclass

from builder.core.errors import Where


@dataclass(frozen=True)
class Note:
    """One thing that is left out or changed: `what`, `why`, and `where` it is written."""

    what: str
    why: str
    where: Where | None = None

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        return f"{place}{self.what}: {self.why}"
