"""How a check or the private tailnet itself says that something is not as it must be."""

from __future__ import annotations

from builder.errors import Problem, TailboxError


class CheckFailed(Exception):
    """The node does not do what it promises: `what` is wrong, and the `remedy`."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(what)
        self.what = what
        self.remedy = remedy


class NotRun(Exception):
    """The check cannot be run here, for this reason. Never counted as passed."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class TailnetError(TailboxError):
    """The private tailnet could not be brought up or used: nothing is said about the image."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(Problem(what, remedy))


class DeadlineExceeded(TailnetError):
    """Something awaited did not come in time; `what` names it."""
