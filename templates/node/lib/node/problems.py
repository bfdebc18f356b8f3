"""Problems and their remedies: printed on stderr, and stored for nodectl."""

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
    """One thing that is wrong, and what to do about it. Neither text holds a secret."""

    what: str
    remedy: str


def redact(text: str) -> str:
    """Return `text` without key material; etc/redact.sed does the same to the log."""
    for pattern, replacement in SECRETS:
        text = pattern.sub(replacement, text)
    return text


def report(problems: Iterable[Problem]) -> None:
    """Print one line on stderr for each problem."""
    for problem in problems:
        line = redact(f"tailbox: problem: {problem.what} Remedy: {problem.remedy}")
        print(line, file=sys.stderr, flush=True)


def store(source: str, problems: Iterable[Problem], paths: Paths = PATHS) -> None:
    """Replace the problems of `source` (boot, join) by `problems`, which may be none. Errors: OSError."""
    entries = [{"what": redact(p.what), "remedy": redact(p.remedy)} for p in problems]
    path = f"{paths.problems}/{source}.json"
    if entries:
        files.write(path, json.dumps(entries))
    elif os.path.exists(path):
        os.unlink(path)


def load(paths: Paths = PATHS) -> list[Problem]:
    """Return the stored problems of all sources; none before the boot."""
    try:
        names = sorted(name for name in os.listdir(paths.problems) if name.endswith(".json"))
    except FileNotFoundError:
        return []
    texts = [files.read_or(f"{paths.problems}/{name}", "[]") for name in names]
    return [Problem(**entry) for text in texts for entry in json.loads(text)]
