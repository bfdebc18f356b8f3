"""A requirements.txt as pip reads it: its options, the files that it names, and what it requires."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

from builder.core import files
from builder.core.errors import Where
from builder.targets.project import local, text
from builder.targets.project.reading import Reading

_OPTION = re.compile(r"(--[a-z-]+|-[a-zA-Z])(?:\s*=\s*|\s+|(?=[^\s]))?(.*)")
_PER_REQUIREMENT = re.compile(
    r"\s--(hash|config-settings?|global-option|install-option)[= ](\"[^\"]*\"|'[^']*'|\S+)"
)
_LONG = {
    "-r": "--requirement",
    "-c": "--constraint",
    "-e": "--editable",
    "-i": "--index-url",
    "-f": "--find-links",
}
_NOTED = {
    "--pre": "pre-releases are taken only of packages whose version is named",
    "--prefer-binary": "wheels are taken anyway",
    "--only-binary": "wheels are taken anyway",
    "--no-binary": "wheels are taken; `packages.from_source` names exceptions",
    "--trusted-host": "the host's own certificates are used",
    "--require-hashes": "the lock holds hashes of its own",
    "--no-index": "the host's own index is used",
    "--use-feature": "it is an option of pip alone",
    "--use-pep517": "it is an option of pip alone",
    "--no-build-isolation": "what is built is isolated",
}


def read(path: Path, where: Where, root: Path, into: Reading) -> None:
    """Read a file and those that it names, none outside of `root`. Raises InvalidInputError."""
    _read(path, where, root, into.require, into)


def _read(path: Path, where: Where, root: Path, take: Callable[[str, Where], None], into: Reading) -> None:
    if (path, frozenset({take.__name__})) in into.seen:
        return
    into.seen.add((path, frozenset({take.__name__})))
    for line, number in lines(text.read(path, where)):
        _line(line, Where(path, number), root, take, into)


def take_line(line: str, place: Where, root: Path, into: Reading) -> None:
    """Take one line that stands in a file of another format."""
    _line(line, place, root, into.require, into)


def _line(line: str, place: Where, root: Path, take: Callable[[str, Where], None], into: Reading) -> None:
    if option := _OPTION.match(line):
        _option(_LONG.get(option[1], option[1]), option[2].strip().strip("\"'"), place, root, take, into)
    elif local.is_path(line):
        local.read(line, place, into)
    else:
        take(line, place)


def _option(
    name: str, value: str, place: Where, root: Path, take: Callable[[str, Where], None], into: Reading
) -> None:
    """Follow one option, or say what becomes of it."""
    if name in ("--requirement", "--constraint"):
        taken = take if name == "--requirement" else into.constrain
        _follow(value, place, root, taken, into)
    elif name == "--editable":
        local.editable(value, place, into)
    elif name in ("--index-url", "--extra-index-url"):
        into.index(value, place)
    elif name == "--find-links":
        _links(value, place, into)
    elif name in _NOTED:
        into.note(f"{name} {value}".strip(), _NOTED[name], place)
    else:
        into.refuse(f"unknown option {name}", "remove it", place)


def _follow(name: str, place: Where, root: Path, take: Callable[[str, Where], None], into: Reading) -> None:
    """Read a file that another names."""
    if "://" in name:
        into.refuse(f"{name} is fetched at each build", "save it beside this file, and name that", place)
        return
    path = files.real(place.path.parent / name)
    if not path.is_relative_to(files.real(root)):
        into.refuse(f"{name} lies outside of {root}", "copy it there, and name the copy", place)
        return
    into.attempt(_read, path, place, root, take)


def _links(address: str, place: Where, into: Reading) -> None:
    """A page of links: PyTorch's is judged as its index; no other is one that a lock could name."""
    if "download.pytorch.org/whl" in address:
        into.index(address, place)
    else:
        into.refuse(
            f"{address} is a page of links", "name an index in `indexes`, or versions that PyPI has", place
        )


def lines(content: str) -> Iterator[tuple[str, int]]:
    """What stands in the lines, continued ones joined, without comments, hashes and settings of a build."""
    number = 1
    for line in re.sub(r"\\\n", "\x00", content).split("\n"):
        at, number = number, number + 1 + line.count("\x00")
        words = re.sub(r"(^|\s)#.*", "", line.replace("\x00", " ")).strip()
        if wanted := _PER_REQUIREMENT.sub("", words).strip():
            yield wanted, at
