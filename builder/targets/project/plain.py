"""Files of one word a line: apt.txt, runtime.txt, .python-version; and scripts of other tools."""

from __future__ import annotations

import re
from pathlib import Path

from builder.core.errors import Where
from builder.targets.project import text
from builder.targets.project.surroundings import Surroundings


def apt(path: Path, into: Surroundings) -> None:
    """Take the Debian packages of an apt.txt."""
    for number, line in enumerate(text.read(path, None).split("\n"), 1):
        into.debian(line.partition("#")[0].split(), Where(path, number))


def python_version(path: Path, into: Surroundings) -> None:
    """Take the Python of a .python-version (`3.11.7`) or a runtime.txt (`python-3.11`)."""
    for number, line in enumerate(text.read(path, None).split("\n"), 1):
        if found := re.fullmatch(r"(?:python-|cpython-|cpython@)?(3\.\d+)[\w.]*", line.strip()):
            into.python(found[1], Where(path, number))
            return


def script(path: Path, into: Surroundings) -> None:
    """Name a script that runs at a point of another tool's build."""
    into.leave(path.name, "write what it does into `run: {at_the_end: [...]}`", Where(path, 1))


def variables(path: Path, into: Surroundings) -> None:
    """Take the variables of a variables.env."""
    for number, line in enumerate(text.read(path, None).split("\n"), 1):
        if found := re.fullmatch(r"(?:export\s+)?([A-Za-z_]\w*)=(.*)", line.strip()):
            into.env[found[1]] = (found[2].strip("\"'"), Where(path, number))
