"""YAML files with the line of every key.

The values come from a fast parser without places. The slow one, which knows them, reads a file only when a
place is asked for or the fast one refuses it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cached_property, lru_cache, partial
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from builder.core import files
from builder.core.errors import InvalidInputError, Problem, Where

Location = tuple[int | str, ...]

# A target file has dozens of values; compat facts have some thousand.
_LIMIT = 100_000
_PLAIN = re.compile(r"[\w+.-].*?(?=\s+#|\s*[,\]}]|\s*$)")
# Directives, tabs, tags, anchors, merge keys and times are for the slow parser: the two differ in them.
_RARE = re.compile(r"(?m)^%|\t|<<|\dt\d|(?:^|[\s\[{,])[!&]", re.IGNORECASE)
# The fast parser recurses in C, where nothing stops it: what could nest deeper than this is not for it.
_NESTS = re.compile(r"[\[{]|[-?]\s")
_SHALLOW = 4000


class Document:
    """A parsed YAML mapping that can say where each of its keys stands."""

    def __init__(self, path: Path, text: str) -> None:
        self.path = path
        self._text = text
        self.data = _mapping(self._values(), path)

    def where(self, location: Location) -> Where:
        """Return the place of a key or list item; of its nearest known parent if it has none of its own."""
        return Where(self.path, partial(self._line, location))

    def written(self, location: Location) -> str:
        """Return a value without quotes as it stands in the file (3.10, not 3.1); empty if unknown."""
        node: Any = self._with_lines
        match = None
        try:
            for step in location:
                line, column = node.lc.value(step) if isinstance(step, str) else node.lc.item(step)
                node = node[step]
                match = _PLAIN.match(self._text.splitlines()[line], column)
        except (AttributeError, KeyError, IndexError, TypeError):
            return ""
        return match[0] if match else ""

    def _line(self, location: Location) -> int:
        node: Any = self._with_lines
        line = 0
        for step in location:
            try:
                positions = node.lc
                position = positions.key(step) if isinstance(step, str) else positions.item(step)
                line, node = position[0], node[step]
            except (AttributeError, KeyError, IndexError, TypeError):
                break
        return line + 1

    def _values(self) -> object:
        """Parse with the fast parser; with the slow one, which says why, what the fast one refuses."""
        if not _RARE.search(self._text) and len(_NESTS.findall(self._text)) < _SHALLOW:
            with suppress(YAMLError, ValueError):
                return _parse_fast(self._text)
        return self._with_lines

    @cached_property
    def _with_lines(self) -> object:
        """Parse with lines. Raises InvalidInputError with file:line."""
        try:
            return YAML(typ="rt").load(self._text)
        except MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            raise InvalidInputError(
                Problem(
                    str(error.problem), "correct the YAML", Where(self.path, mark.line + 1 if mark else 1)
                )
            ) from None
        except YAMLError as error:
            reason = f"not YAML ({str(error).splitlines()[0]})"
            raise InvalidInputError(Problem(reason, "write plain text", Where(self.path, 1))) from None
        except (ValueError, LookupError) as error:
            problem = Problem(f"not a value of YAML ({error})", "write it in quotes", Where(self.path, 1))
            raise InvalidInputError(problem) from None
        except RecursionError:
            raise InvalidInputError(
                Problem("its values are nested too deeply", "write fewer levels", Where(self.path, 1))
            ) from None


def read(path: Path, where: Where | None = None) -> Document:
    """Parse a YAML mapping; `where` is what names the file. Raises InvalidInputError with file:line."""
    return Document(path, files.read(path, where))


@lru_cache
def _parse_fast(text: str) -> object:
    """Parse without lines. Targets that extend the same file share its values; nobody may change them."""
    return YAML(typ="safe").load(text)


def _mapping(data: object, path: Path) -> Mapping[Any, Any]:
    """Return the mapping that a document must be. Raises InvalidInputError for anything else."""
    if not isinstance(data, Mapping):
        raise InvalidInputError(Problem("a mapping of keys was expected", where=Where(path, 1)))
    if _count(data, {}) > _LIMIT:
        problem = Problem("its aliases (*name) unfold without end", "write it out", Where(path, 1))
        raise InvalidInputError(problem)
    return data


def _count(node: Any, counted: dict[int, int]) -> int:
    """Count the values of a node with every alias unfolded; more than the limit if it contains itself."""
    if isinstance(node, str) or not isinstance(node, Mapping | Sequence):
        return 1
    if id(node) not in counted:
        counted[id(node)] = _LIMIT + 1
        inner = node.values() if isinstance(node, Mapping) else node
        counted[id(node)] = 1 + sum(_count(value, counted) for value in inner)
    return counted[id(node)]
