"""What a Dockerfile says: the images that it begins from, and the packages that apt installs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from builder.core.errors import Where
from builder.targets.project import text
from builder.targets.project.surroundings import Surroundings

_INSTALL = re.compile(r"\bapt(?:-get)?\s+(?:-\S+\s+|--\S+\s+)*install\s+([^;&|]*)")
_FROM = re.compile(r"FROM\s+(?:--\S+\s+)*(\S+)(?:\s+AS\s+(\S+))?", re.IGNORECASE)
_PLACED = ("FROM", "ARG", "LABEL", "SHELL", "WORKDIR", "USER", "EXPOSE", "CMD", "ENTRYPOINT", "COPY", "ADD")


def read(path: Path, into: Surroundings) -> None:
    """Take over the file. Raises InvalidInputError."""
    arguments, stages, others = dict[str, str](), set[str](), list[int]()
    for words, number in _instructions(text.read(path, None)):
        place, instruction = Where(path, number), words.split(None, 1)[0].upper()
        if found := re.match(r"ARG\s+(\w+)=(\S+)", words, re.IGNORECASE):
            arguments[found[1]] = found[2].strip("\"'")
        elif found := _FROM.match(words):
            if (image := _expanded(found[1], arguments)) not in stages:
                into.image(image, place)
            stages.add(found[2] or "")
        elif installs := _INSTALL.findall(words):
            for names in installs:
                into.debian([name for name in names.split() if not name.startswith(("-", "$"))], place)
        elif instruction not in _PLACED:
            others.append(number)
    if others:
        lines = ", ".join(map(str, others))
        into.leave(
            f"RUN and ENV in the lines {lines}",
            "write what is needed into `run:` and `env:`",
            Where(path, others[0]),
        )


def _expanded(words: str, arguments: dict[str, str]) -> str:
    return re.sub(
        r"\$\{?(\w+)(?::-([^}]*))?\}?", lambda found: arguments.get(found[1], found[2] or ""), words
    )


def _instructions(content: str) -> Iterator[tuple[str, int]]:
    """Instructions with their first line, continued ones joined, without comments."""
    joined, begin = "", 0
    for number, line in enumerate(content.split("\n"), 1):
        words = line.strip()
        if not words or words.startswith("#"):
            continue
        begin = begin or number
        joined += words.removesuffix("\\") + " "
        if not words.endswith("\\"):
            yield joined.strip(), begin
            joined, begin = "", 0
