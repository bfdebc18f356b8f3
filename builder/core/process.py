"""Subprocesses whose failure is an error that names the command and its last lines."""

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
    """The end of a log, indented."""
    return "\n".join(f"    {line}" for line in text.strip().splitlines()[-count:])


def started(pid: int) -> str | None:
    """When a process of this host started, so that a later one with its id differs; None if none runs."""
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


def until(arrived: Callable[[], bool], seconds: float, what: str) -> None:
    """Return when `arrived()` is true. Raises TailboxError naming `what` after `seconds`."""
    deadline = time.monotonic() + seconds
    pause = threading.Event()
    while not arrived():
        if time.monotonic() > deadline:
            raise TailboxError(Problem(f"waited {seconds:g} s in vain for {what}"))
        pause.wait(_INTERVAL)


Words = Sequence[str | Path]


def leashed(command: Words) -> list[str | Path]:
    """The command as root starts it: its mounts are its own, and it is told to end when we have ended.

    Process id and signals are the program's: both tools replace themselves by it.
    """
    return ["unshare", "--mount", "setpriv", "--pdeathsig", "TERM", *command]
