"""A TOML document with the lines of what stands in it."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from builder.core.errors import InvalidInputError, Problem, Where
from builder.targets.project import text


@dataclass(frozen=True)
class Toml:
    """A document: its values, and the text that says where they stand."""

    path: Path
    data: dict[str, Any]
    text: str

    def at(self, *keys: str) -> Any:
        """Return a value in tables in tables, None where there is none."""
        found: Any = self.data
        for key in keys:
            found = found.get(key) if isinstance(found, dict) else None
        return found

    def table(self, *keys: str) -> dict[str, Any]:
        """Return a table, an empty one where there is none."""
        found = self.at(*keys)
        return found if isinstance(found, dict) else {}

    def tables(self, *keys: str) -> list[dict[str, Any]]:
        """Return the tables of a list of tables."""
        found = self.at(*keys)
        return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []

    def texts(self, *keys: str) -> list[str]:
        """Return a list of texts, an empty one where there is none. Raises InvalidInputError."""
        found = self.at(*keys)
        if found is None:
            return []
        if isinstance(found, list) and all(isinstance(one, str) for one in found):
            return found
        place = self.where(rf"^\s*{re.escape(keys[-1])}\b")
        said = f"{keys[-1]}: a list of texts was expected"
        raise InvalidInputError(Problem(said, f'write {keys[-1]} = ["numpy"]', place))

    def where(self, *patterns: str) -> Where:
        """Return the place of the last of these patterns, each searched behind the one before."""
        return Where(self.path, text.line(self.text, *patterns))

    def item(self, header: str, key: str, value: str) -> Where:
        """Return the place of a text in a list: below a table's header, behind a key."""
        begin = rf"^\s*\[{re.escape(header)}\]"
        return self.where(begin, rf"^\s*[\"']?{re.escape(key)}[\"']?\s*=", rf"[\"']{re.escape(value)}[\"']")


def read(path: Path, where: Where | None) -> Toml:
    """Parse a file. Raises InvalidInputError with its line."""
    content = text.read(path, where)
    try:
        return Toml(path, tomllib.loads(content), content)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"at line (\d+)", str(error))
        place = Where(path, int(found[1]) if found else 1)
        raise InvalidInputError(Problem(f"not TOML ({error})", "correct it", place)) from None
