"""`python -m tools.mutations`: break the code in one small way at a time, and see which test says so.

`tests/mutations.yaml` lists the breaks: a file, the text to replace, its replacement, and the tests to run.
A break that no test catches, or whose text is no longer in its file, fails the run.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue

from ruamel.yaml import YAML

from builder.core import paths

_LIST = Path("tests") / "mutations.yaml"
_SECONDS = 120
_WORKERS = 2


@dataclass(frozen=True)
class Mutation:
    """One break of a file. `tests` are the paths that pytest runs on it."""

    what: str
    file: str
    old: str
    new: str
    tests: Sequence[str]


@dataclass(frozen=True)
class Outcome:
    """How a break ended: `caught_by` is the first test that failed, `trouble` why none could be run."""

    mutation: Mutation
    caught_by: str = ""
    trouble: str = ""


def load(root: Path) -> list[Mutation]:
    """Read the list of breaks."""
    rows = YAML(typ="safe").load((root / _LIST).read_text())
    return [Mutation(**row) for row in rows]


def try_all(mutations: Iterable[Mutation], root: Path) -> list[Outcome]:
    """Try each break in a copy of the checkout, two at a time."""
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(_WORKERS) as pool:
        copies: SimpleQueue[Path] = SimpleQueue()
        for number in range(_WORKERS):
            copies.put(_copy(root, Path(folder) / str(number)))

        def attempt(mutation: Mutation) -> Outcome:
            copy = copies.get()
            try:
                return _try(mutation, copy)
            finally:
                copies.put(copy)

        return list(pool.map(attempt, mutations))


def _copy(root: Path, into: Path) -> Path:
    """Copy the files that git knows or would take."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    for name in subprocess.check_output(command, cwd=root, text=True).splitlines():
        if (root / name).is_file():
            (into / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(root / name, into / name)
    return into


def _try(mutation: Mutation, root: Path) -> Outcome:
    file = root / mutation.file
    text = file.read_text()
    if text.count(mutation.old) != 1:
        return Outcome(mutation, trouble=f"{mutation.file} holds the text {text.count(mutation.old)} times")
    file.write_text(text.replace(mutation.old, mutation.new))
    try:
        return _run(mutation, root)
    finally:
        file.write_text(text)


def _run(mutation: Mutation, root: Path) -> Outcome:
    command = [sys.executable, "-B", "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *mutation.tests]
    try:
        done = subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=_SECONDS)
    except subprocess.TimeoutExpired:
        return Outcome(mutation, caught_by=f"no end within {_SECONDS} s")
    if done.returncode not in (0, 1):
        return Outcome(mutation, trouble=f"pytest ended with {done.returncode}: {done.stdout[-500:]}")
    failed = re.search(r"(?m)^(?:FAILED|ERROR) \S*::(\S+)", done.stdout)
    return Outcome(mutation, caught_by=failed[1] if failed and done.returncode else "")


def table(outcomes: Iterable[Outcome]) -> str:
    """Return every break with the test that caught it, as Markdown."""
    rows = ["| broken | in | caught by |", "|---|---|---|"]
    for outcome in outcomes:
        result = (
            f"`{outcome.caught_by}`" if outcome.caught_by else f"**not caught** {outcome.trouble}".strip()
        )
        rows.append(f"| {outcome.mutation.what} | `{outcome.mutation.file}` | {result} |")
    return "\n".join(rows)


def main() -> int:
    """Try all and print the table; 1 where a break got away."""
    outcomes = try_all(load(paths.PROJECT), paths.PROJECT)
    print(table(outcomes))
    survivors = sum(not outcome.caught_by for outcome in outcomes)
    print(f"\n{len(outcomes) - survivors} of {len(outcomes)} caught")
    return int(survivors > 0)


if __name__ == "__main__":
    sys.exit(main())
