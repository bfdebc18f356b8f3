"""Errors for people: what is wrong, where, and what to do."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path


class Exit(IntEnum):
    """Exit codes of the command."""

    OK = 0
    FAILED = 1
    INVALID = 2
    NO_ENGINE = 3
    INTERRUPTED = 130


@dataclass(frozen=True, eq=False)
class Where:
    """A place in a file that people write. `at` may be a function, as most places are never shown."""

    path: Path
    at: int | Callable[[], int]

    @property
    def line(self) -> int:
        """Return the line, counted from 1."""
        return self.at() if callable(self.at) else self.at

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Where) and (self.path, self.line) == (other.path, other.line)

    def __hash__(self) -> int:
        return hash((self.path, self.line))

    def __str__(self) -> str:
        path = self.path
        if path.is_relative_to(Path.cwd()):
            path = path.relative_to(Path.cwd())
        return f"{path}:{self.line}"


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong: `what`, the `remedy`, and `where` when a file is to blame.

    `detail` is what another program said, for `--verbose`.
    """

    what: str
    remedy: str = ""
    where: Where | None = None
    detail: str = ""

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        return place + self.what + (f"\n  do: {self.remedy}" if self.remedy else "")


class TailboxError(Exception):
    """Ends a command with its exit code; carries one or more problems."""

    exit_code = Exit.FAILED

    def __init__(self, *problems: Problem) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


class InvalidInputError(TailboxError):
    """A target file, an argument, a lock or another thing that people write cannot be used."""

    exit_code = Exit.INVALID


class UnsupportedMachineError(TailboxError):
    """A plan does not serve the machine in question."""


class NoEngineError(TailboxError):
    """No container engine answers and none can be installed here."""

    exit_code = Exit.NO_ENGINE


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return `"; did you mean X?"` for the nearest known word, or an empty string."""
    near = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f"; did you mean {near[0]}?" if near else ""
