"""Read the text of a file in whatever encoding an editor or a shell gave it."""

from __future__ import annotations

import codecs
import re
from pathlib import Path

from builder.core import files
from builder.core.errors import InvalidInputError, Where

_MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}


def read(path: Path, where: Where | None) -> str:
    """Return the text of a file, with `\\n` between lines. Raises InvalidInputError."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InvalidInputError(files.unreadable(path, error, where)) from None
    text = content.decode(_encoding(content), errors="replace")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _encoding(content: bytes) -> str:
    """The encoding by its mark; without one, UTF-16 shows by its zeros, and what is not UTF-8 is Windows'."""
    for mark, encoding in _MARKS.items():
        if content.startswith(mark):
            return encoding
    if content[1:2] == b"\0":
        return "utf-16-le"
    if content[:1] == b"\0":
        return "utf-16-be"
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def line(text: str, *patterns: str) -> int:
    """The line of the last of these patterns, each searched behind the one before; else of the last found."""
    end, at = 0, 1
    for pattern in patterns:
        found = re.compile(pattern, re.MULTILINE).search(text, end)
        if found is None:
            break
        end = found.end()
        at = text.count("\n", 0, end) + 1
    return at
