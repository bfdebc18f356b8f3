"""Run a check and keep what came of it."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

NOT_RUN = 77


@dataclasses.dataclass(frozen=True)
class Result:
    """A check: passed, failed or not run, how long it took, and the last line that it said."""

    check: str
    status: str
    seconds: float
    said: str


class NotRunError(Exception):
    """A check cannot be run here."""


def check(name: str, script: Path, expected: dict[str, Any], seconds: float) -> Result:
    """Run one of the catalogue's checks as a program."""

    def run() -> str:
        if seconds <= 0:
            raise NotRunError("no time was left")
        command = [sys.executable, str(script), json.dumps(expected)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=seconds)
        last = (done.stdout + done.stderr).strip().splitlines()[-1:] or ["it printed nothing"]
        if done.returncode == NOT_RUN:
            raise NotRunError(last[0])
        if done.returncode:
            raise RuntimeError(last[0])
        return last[0]

    return timed(name, run)


def timed(name: str, run: Callable[[], str]) -> Result:
    began = time.monotonic()
    try:
        status, said = "passed", run()
    except NotRunError as error:
        status, said = "not run", str(error)
    except (RuntimeError, OSError, subprocess.SubprocessError) as error:
        status, said = "failed", str(error)
    return Result(name, status, round(time.monotonic() - began, 1), said)
