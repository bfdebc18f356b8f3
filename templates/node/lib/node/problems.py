"""Problems and their remedies: printed on stderr, and stored for nodectl."""

import json
import os
import sys
from collections.abc import Iterable
from typing import NamedTuple

from node import files, redaction
from node.paths import PATHS, Paths


class Problem(NamedTuple):
    """One thing that is wrong, and what to do about it. Neither text holds a secret."""

    what: str
    remedy: str


def report(problems: Iterable[Problem], paths: Paths = PATHS) -> None:
    """Print one line on stderr for each problem."""
    for problem in problems:
        line = redaction.redact(f"tailbox: problem: {problem.what} Remedy: {problem.remedy}", paths)
        print(line, file=sys.stderr, flush=True)


def store(source: str, problems: Iterable[Problem], paths: Paths = PATHS) -> None:
    """Replace the problems of `source` (boot, join) by `problems`, which may be none. Errors: OSError."""
    entries = [{key: redaction.redact(text, paths) for key, text in p._asdict().items()} for p in problems]
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
