"""The command that starts a proof with given options."""

from __future__ import annotations


def prove_command(target: str, *, locked: bool = False, **options: str | None) -> tuple[str, ...]:
    """Return the command of a proof. `options` are those with a value, by name; None is left out.

    A join key is given by its source, `file:PATH` or `env:NAME`, and never stands in the command itself.
    """
    pairs = [(f"--{name.replace('_', '-')}", value) for name, value in options.items() if value is not None]
    switches = ["--locked"] if locked else []
    return ("tailbox", "prove", target, *switches, *(part for pair in pairs for part in pair))
