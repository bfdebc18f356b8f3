"""Run subprocesses; a failure is an error with the last lines of output."""

from __future__ import annotations

import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from builder.core.errors import Problem, TailboxError


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
    """Return the end of a log, indented."""
    return "\n".join(f"    {line}" for line in text.strip().splitlines()[-count:])


def start_time(pid: int) -> str | None:
    """Return a process's start time, which tells it from a later one with the same id; None if none runs."""
    if Path("/proc/self/stat").exists():
        try:
            # The command's name is in parentheses and may hold anything; the start time is field 22.
            return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
        except (FileNotFoundError, ProcessLookupError):
            return None
    shown = subprocess.run(
        ["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return shown.stdout.strip() or None


_INTERVAL = 0.05


def until(condition: Callable[[], bool], seconds: float, what: str) -> None:
    """Wait until `condition()` is true. Raises TailboxError naming `what` after `seconds`."""
    deadline = time.monotonic() + seconds
    pause = threading.Event()
    while not condition():
        if time.monotonic() > deadline:
            raise TailboxError(Problem(f"waited {seconds:g} s for {what}"))
        pause.wait(_INTERVAL)


def die_with_parent(command: Sequence[str | Path]) -> list[str | Path]:
    """Return the command with its own mounts and a SIGTERM when this process ends; root only.

    The process id is the program's own: both tools replace themselves with it.
    """
    return ["unshare", "--mount", "setpriv", "--pdeathsig", "TERM", *command]
