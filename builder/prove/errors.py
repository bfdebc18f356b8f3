"""Errors of checks and of the private tailnet."""

from __future__ import annotations

from collections.abc import Sequence

from builder.core.errors import Exit, Problem, TailboxError, did_you_mean
from builder.prove.cells import Cell


class CheckFailedError(Exception):
    """The node breaks a promise: `what` is wrong, and a `remedy`. `cells` are those that were tried."""

    def __init__(self, what: str, remedy: str, cells: tuple[Cell, ...] = ()) -> None:
        super().__init__(what)
        self.what = what
        self.remedy = remedy
        self.cells = cells


class CheckNotRunError(Exception):
    """The check cannot run here, for this reason. It never counts as passed."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class UnknownCheckError(TailboxError):
    """No check has this name."""

    exit_code = Exit.INVALID

    def __init__(self, name: str, known: Sequence[str]) -> None:
        super().__init__(
            Problem(f"no check {name!r}{did_you_mean(name, known)}", f"one of {', '.join(known)}")
        )


class TailnetError(TailboxError):
    """The private tailnet could not be brought up or used, which says nothing about the image."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(Problem(what, remedy))


class DeadlineExceededError(TailnetError):
    """Something did not happen in time; `what` names it."""
