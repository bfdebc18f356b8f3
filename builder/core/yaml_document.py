"""YAML files with the line of every key."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from builder.core import files
from builder.core.errors import InvalidInputError, Problem, Where

Location = tuple[int | str, ...]

# A target file has dozens of values; compat facts have some thousand.
_LIMIT = 100_000
_PLAIN = re.compile(r"[\w+.-].*?(?=\s+#|\s*[,\]}]|\s*$)")


class Document:
    """A parsed YAML mapping that knows where each of its keys stands."""

    def __init__(self, path: Path, data: CommentedMap, text: str) -> None:
        self.path = path
        self.data = data
        self._lines = text.splitlines()

    def where(self, location: Location) -> Where:
        """The place of a key or list item; of its nearest known parent if it has none of its own."""
        node: Any = self.data
        line = 0
        for step in location:
            try:
                positions = node.lc
                position = positions.key(step) if isinstance(step, str) else positions.item(step)
                line, node = position[0], node[step]
            except (AttributeError, KeyError, IndexError, TypeError):
                break
        return Where(self.path, line + 1)

    def written(self, location: Location) -> str:
        """A value without quotes as it stands in the file (3.10, not 3.1); empty where that is not known."""
        node: Any = self.data
        found = None
        try:
            for step in location:
                line, column = node.lc.value(step) if isinstance(step, str) else node.lc.item(step)
                node = node[step]
                found = _PLAIN.match(self._lines[line], column)
        except (AttributeError, KeyError, IndexError, TypeError):
            return ""
        return found[0] if found else ""


def read(path: Path, where: Where | None = None) -> Document:
    """Parse a YAML mapping; `where` is what names the file. Raises InvalidInputError with file:line."""
    text = files.read(path, where)
    try:
        data = YAML(typ="rt").load(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise InvalidInputError(
            Problem(str(error.problem), "correct the YAML", Where(path, mark.line + 1 if mark else 1))
        ) from None
    except YAMLError as error:
        reason = f"not YAML ({str(error).splitlines()[0]})"
        raise InvalidInputError(Problem(reason, "write plain text", Where(path, 1))) from None
    if not isinstance(data, CommentedMap):
        raise InvalidInputError(Problem("a mapping of keys was expected", where=Where(path, 1)))
    if _count(data, {}) > _LIMIT:
        raise InvalidInputError(
            Problem("its aliases (*name) unfold without end", "write it out", Where(path, 1))
        )
    return Document(path, data, text)


def _count(node: Any, counted: dict[int, int]) -> int:
    """How many values a node has with every alias unfolded; more than the limit where it holds itself."""
    if isinstance(node, str) or not isinstance(node, Mapping | Sequence):
        return 1
    if id(node) not in counted:
        counted[id(node)] = _LIMIT + 1
        inner = node.values() if isinstance(node, Mapping) else node
        counted[id(node)] = 1 + sum(_count(value, counted) for value in inner)
    return counted[id(node)]
