"""Read text files that people write; refuse with a reason."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from builder.core.errors import InvalidInputError, Problem, Where, did_you_mean


def read(path: Path, where: Where | None = None) -> str:
    """Return the text of a file; `where` is the place that names it. Raises InvalidInputError."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise InvalidInputError(unreadable(path, error, where)) from None
    except UnicodeDecodeError as error:
        raise InvalidInputError(_no_text(path, error.reason)) from None
    # UTF-16 of plain letters is valid UTF-8: each second byte is a zero.
    if text[1:2] == "\x00":
        raise InvalidInputError(_no_text(path, "each second byte is zero"))
    return text


def real(path: Path) -> Path:
    """Follow the links of a path. Path.resolve raises RuntimeError if they form a circle."""
    return Path(os.path.realpath(path))


def unreadable(path: Path, error: OSError, where: Where | None) -> Problem:
    """Explain why a file cannot be read."""
    if isinstance(error, FileNotFoundError):
        return absent(path, where)
    if isinstance(error, IsADirectoryError):
        return Problem(f"{path} is a folder", "name a file in it", where)
    return Problem(f"{path} cannot be read: {error.strerror}", "make it a file that you can read", where)


def absent(path: Path, where: Where | None) -> Problem:
    """Report a missing file, and suggest the one with the nearest name."""
    siblings = [file.name for file in path.parent.iterdir()] if path.parent.is_dir() else []
    remedy = "paths are relative to this file" if where else "paths are relative to this folder"
    return Problem(f"{path} does not exist{did_you_mean(path.name, siblings)}", remedy, where)


def _no_text(path: Path, reason: str) -> Problem:
    return Problem(f"not UTF-8 text ({reason})", "save it as UTF-8", Where(path, 1))


def link_or_copy(source: Path, target: Path) -> None:
    """Make a hard link, or a copy across file systems: BuildKit follows no symbolic link out of a context."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)
