"""Problems: what is wrong and what to do, on stderr, and kept for nodectl."""

import json
import os
import re
import sys
from collections.abc import Iterable
from typing import NamedTuple

from node import files
from node.paths import PATHS, Paths

SECRETS = (
    (re.compile(r"(tskey|hskey)-[A-Za-z0-9_-]+"), r"\1-REDACTED"),
    (re.compile(r"eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+"), "JWT-REDACTED"),
    (re.compile(r"(token=|[Tt]oken )[0-9A-Za-z%._~-]{8,}"), r"\1REDACTED"),
)


class Problem(NamedTuple):
    """One thing that is wrong. `remedy` says what to do about it; neither holds a secret."""

    what: str
    remedy: str


def redact(text: str) -> str:
    """`text` without key material; etc/redact.sed does the same to the log."""
    for pattern, replacement in SECRETS:
        text = pattern.sub(replacement, text)
    return text


def report(problems: Iterable[Problem]) -> None:
    """One line on stderr for each problem."""
    for problem in problems:
        print(
            redact(f"tailbox: problem: {problem.what} Remedy: {problem.remedy}"), file=sys.stderr, flush=True
        )


def keep(source: str, problems: Iterable[Problem], paths: Paths = PATHS) -> None:
    """Make `problems` the ones that `source` (boot, join) has now; none removes them."""
    kept = [{"what": redact(p.what), "remedy": redact(p.remedy)} for p in problems]
    path = f"{paths.problems}/{source}.json"
    if kept:
        files.write(path, json.dumps(kept))
    elif os.path.exists(path):
        os.unlink(path)


def kept(paths: Paths = PATHS) -> list[Problem]:
    """The problems of all sources."""
    try:
        names = sorted(name for name in os.listdir(paths.problems) if name.endswith(".json"))
    except FileNotFoundError:
        return []
    return [
        Problem(**p) for name in names for p in json.loads(files.read_or(f"{paths.problems}/{name}", "[]"))
    ]
