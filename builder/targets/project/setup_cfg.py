"""What a setup.cfg says that a project needs."""

from __future__ import annotations

import configparser
import re
from pathlib import Path

from builder.core.errors import InvalidInputError, Problem, Where
from builder.targets.project import requirements_txt, text
from builder.targets.project.reading import Reading

_EXTRAS = "options.extras_require"


def says_dependencies(path: Path) -> bool:
    """Whether the file lists what a project needs."""
    parser = _parsed(path, None)
    return parser.has_option("options", "install_requires") or parser.has_section(_EXTRAS)


def read(path: Path, where: Where, extras: frozenset[str], into: Reading) -> None:
    """Take `install_requires`, and the extras that are named. Raises InvalidInputError."""
    parser, content = _parsed(path, where), text.read(path, where)
    if python := parser.get("options", "python_requires", fallback=""):
        into.python(python, Where(path, text.line(content, r"^python_requires")))
    _listed(parser.get("options", "install_requires", fallback=""), r"^install_requires", path, content, into)
    known = parser.options(_EXTRAS) if parser.has_section(_EXTRAS) else []
    into.known_extras |= set(known)
    wanted = [name for name in known if name in extras or name in into.wishes.extras]
    for name in wanted:
        _listed(parser.get(_EXTRAS, name), rf"^{re.escape(name)}\s*=", path, content, into)
    if left := [name for name in known if name not in wanted]:
        place = Where(path, text.line(content, rf"^\[{re.escape(_EXTRAS)}"))
        into.note(f"extras {', '.join(left)}", f"not taken; write extras: [{left[0]}] to take one", place)


def _listed(value: str, key: str, path: Path, content: str, into: Reading) -> None:
    """Take the requirements of one key, each with its line; `file:` names files that hold them."""
    if value.strip().startswith("file:"):
        place = Where(path, text.line(content, key))
        for name in value.partition(":")[2].split(","):
            into.attempt(requirements_txt.read, path.parent / name.strip(), place, path.parent)
        return
    for one in filter(
        None, (line.partition("#")[0].strip() for line in value.replace(";\n", "\n").splitlines())
    ):
        into.require(one, Where(path, text.line(content, key, re.escape(one))))


def _parsed(path: Path, where: Where | None) -> configparser.RawConfigParser:
    parser = configparser.RawConfigParser(strict=False)
    try:
        parser.read_string(text.read(path, where))
    except configparser.Error as error:
        said = f"not a setup.cfg ({str(error).splitlines()[0]})"
        raise InvalidInputError(Problem(said, "correct it", Where(path, 1))) from None
    return parser
