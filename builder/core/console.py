"""What people see while the tool works: always on stderr, so that stdout holds only data."""

from __future__ import annotations

from rich.console import Console
from rich.markup import escape

from builder.core.errors import Problem

console = Console(stderr=True, highlight=False, soft_wrap=True)


def step(text: str) -> None:
    """Announce what is done now."""
    console.print(f"[bold cyan]tailbox[/] {escape(text)}")


def note(text: str) -> None:
    """Something worth knowing that needs no action."""
    console.print(f"        [dim]{escape(text)}[/]")


def problem(found: Problem) -> None:
    """One thing that is wrong, and what to do about it."""
    console.print(f"[bold red]error[/] {escape(str(found))}")


def failed(text: str) -> None:
    """A finding that fails, as soon as it is known."""
    console.print(f"        [bold red]{escape(text)}[/]")
