"""A target file for a project: each key with the reason for its value."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from builder.core import files
from builder.core.notes import Note

# What YAML takes for text without quotes.
_PLAIN = re.compile(r"(?!(?:true|false|yes|no|on|off|null|y|n)$)[A-Za-z][A-Za-z0-9_.+-]*", re.IGNORECASE)


@dataclass(frozen=True)
class Entry:
    """One key with its value as YAML has it, and why."""

    key: str
    value: str
    why: str


@dataclass(frozen=True)
class TargetText:
    """What a target file says. `paths` are files of the project, by the key that names them."""

    name: str
    description: str
    paths: Mapping[str, Path]
    entries: tuple[Entry, ...] = ()
    hints: tuple[str, ...] = ()
    left: tuple[Note, ...] = field(default=())

    def with_entries(self, *entries: Entry) -> TargetText:
        """Return the text with these keys, which replace others of the same name."""
        new = {one.key: one for one in (*self.entries, *entries)}
        return replace(self, entries=tuple(new.values()))

    @property
    def keys(self) -> set[str]:
        """The keys that are chosen."""
        return {entry.key for entry in self.entries}

    def with_left(self, left: tuple[Note, ...]) -> TargetText:
        """Return the text with what is not taken over."""
        return replace(self, left=left)

    @property
    def words(self) -> str:
        """The values that candidates differ in."""
        shown = [one for one in self.entries if one.key in ("extends", "python", "framework", "gpus")]
        return ", ".join(f"{one.key}: {one.value}" for one in shown)

    def write(self, folder: Path) -> str:
        """Return the file as it would lie in a folder."""
        file = f"./{self.name}.yaml"
        lines = [f"# Written by `tailbox new --project`. `tailbox plan {file}` says what it gives and why."]
        if self.description:
            lines.append(f"description: {quoted(self.description)}")
        for key, path in self.paths.items():
            relative = os.path.relpath(files.real(path), files.real(folder))
            lines.append(f"{key}: {quoted(relative)}")
        for entry in self.entries:
            lines += [*_comment(entry.why), f"{entry.key}: {entry.value}"]
        lines += [f"# {hint}" for hint in self.hints]
        if self.left:
            lines += ["", "# Not taken over, and what to do:"]
            lines += [line for note in self.left for line in _comment(f"- {note}")]
        return "".join(f"{line}\n" for line in lines)


def quoted(value: str) -> str:
    """A text as YAML takes it."""
    return json.dumps(value, ensure_ascii=False)


def listed(values: Iterable[str]) -> str:
    """A list as YAML takes it."""
    return f"[{', '.join(value if _PLAIN.fullmatch(value) else quoted(value) for value in values)}]"


def _comment(text: str) -> list[str]:
    """A comment: no character of it ends the line."""
    return [f"# {''.join(one if one.isprintable() else ' ' for one in line)}" for line in text.split("\n")]
