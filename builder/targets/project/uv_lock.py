"""Exactly the versions that a uv.lock holds."""

from __future__ import annotations

import re
import subprocess
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from packaging.utils import canonicalize_name

from builder.core import files
from builder.core.errors import InvalidInputError, Problem, Where
from builder.lock.uv import uv_program
from builder.targets.project import requirements_txt, text
from builder.targets.project.indexes import index
from builder.targets.project.judge import LeftOut, RefusedError, judge
from builder.targets.project.reading import Reading
from builder.targets.project.toml import Toml

_REGISTRY = re.compile(r'registry = "([^"]+)"')


def beside(path: Path) -> bool:
    """Whether a project has a uv.lock."""
    return (path.parent / "uv.lock").is_file()


def read(document: Toml, where: Where, extras: Sequence[str], groups: Sequence[str], into: Reading) -> None:
    """Take what the lock holds for the project with these extras and groups. Raises InvalidInputError."""
    lock = document.path.parent / "uv.lock"
    held = files.read(lock, where)
    left, taken = [], set()
    for line, _ in requirements_txt.lines(_exported(document.path.parent, where, extras, groups)):
        name = re.split(r"[^\w.-]", line)[0]
        place = Where(lock, text.line(held, rf'^name = "{re.escape(name)}"'))
        if line.startswith("-e ") or line.startswith("."):
            into.note(
                line, "a member of the workspace: what it needs is taken, itself it is not installed", place
            )
        elif _is_left_out(line, into):
            left.append(line.partition(" ;")[0])
        else:
            taken.add(canonicalize_name(name))
            into.require(line, place)
    if left := [one for one in left if canonicalize_name(one.partition("==")[0]) not in taken]:
        why = "left out: their markers are not for Linux on x86_64 with Python " + into.wishes.python
        into.note(", ".join(left), why, Where(lock, 1))
    _registries(document, held, lock, into)


def _registries(document: Toml, held: str, lock: Path, into: Reading) -> None:
    """Take the indexes of the lock. One that most packages come from, and no table names, is a mirror."""
    counted = Counter(_REGISTRY.findall(held))
    named = {index(str(one.get("url"))).url for one in document.tables("tool", "uv", "index")}
    for address, count in counted.items():
        place = Where(lock, text.line(held, re.escape(address)))
        found = index(address)
        if count * 2 > counted.total() and found.url not in named and not (found.pytorch or found.pypi):
            into.note(found.url, "taken for a mirror of PyPI: the host's own index is used", place)
        else:
            into.index(address, place)


def _is_left_out(line: str, into: Reading) -> bool:
    try:
        return isinstance(judge(line, into.wishes.python), LeftOut)
    except RefusedError:
        return False


def _exported(folder: Path, where: Where, extras: Sequence[str], groups: Sequence[str]) -> str:
    """What uv writes as a requirements.txt. Raises InvalidInputError."""
    command = [
        uv_program(),
        "export",
        "--quiet",
        "--frozen",
        "--offline",
        "--no-emit-project",
        "--no-default-groups",
    ]
    command += ["--no-header", "--no-annotate", "--no-hashes", "--directory", str(folder)]
    command += [word for extra in extras for word in ("--extra", extra)]
    command += [word for group in groups for word in ("--group", group)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        said = f"uv cannot read {folder / 'uv.lock'}\n{done.stderr.strip()}"
        raise InvalidInputError(Problem(said, "uv lock", where))
    return done.stdout
