"""Print what people see while the tool works: always on stderr, so that stdout holds only data."""

from __future__ import annotations

from contextvars import ContextVar
from functools import cache
from typing import TYPE_CHECKING

from builder.core.errors import Problem

if TYPE_CHECKING:
    from rich.console import Console


# Whether a problem is shown with what other programs said.
verbose = ContextVar("verbose", default=False)


@cache
def stderr() -> Console:
    """Return the console; rich takes longer to import than most commands take to run."""
    from rich.console import Console

    return Console(stderr=True, highlight=False, soft_wrap=True)


def step(text: str) -> None:
    """Announce the step that starts now."""
    _print("[bold cyan]tailbox[/] ", text)


def note(text: str) -> None:
    """Print what is worth knowing and needs no action."""
    _print("        ", text, style="dim")


def problem(one: Problem) -> None:
    """Print what is wrong, and what to do about it."""
    _print("[bold red]error[/] ", str(one))
    if one.detail and verbose.get():
        _print("        ", one.detail, style="dim")
    elif one.detail:
        note("--verbose shows what uv said")


def failed(text: str) -> None:
    """Print a finding that fails, as soon as it is known."""
    _print("        ", text, style="bold red")


def _print(label: str, text: str, style: str = "none") -> None:
    from rich.text import Text

    stderr().print(Text.from_markup(label).append(text, style))
