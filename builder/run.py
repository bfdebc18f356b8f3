"""Subprocesses whose failure is an error that names the command and its last lines."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from builder.errors import Problem, TailboxError


def run(
    command: Sequence[str | Path],
    failure: str,
    remedy: str,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    stdin: str | None = None,
) -> str:
    """Run a command and return its stdout. Raises TailboxError: `failure`, the last lines, `remedy`."""
    try:
        done = subprocess.run(command, input=stdin, capture_output=True, text=True, env=env, cwd=cwd)
    except FileNotFoundError:
        raise TailboxError(Problem(f"{failure}: {command[0]} is not installed", remedy)) from None
    if done.returncode:
        raise TailboxError(Problem(f"{failure}\n{last_lines(done.stdout + done.stderr)}", remedy))
    return done.stdout


def last_lines(text: str, count: int = 12) -> str:
    """The end of a log, indented."""
    return "\n".join(f"    {line}" for line in text.strip().splitlines()[-count:])
