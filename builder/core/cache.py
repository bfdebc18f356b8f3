"""Keep results for the next command in this user's cache: JSON files, each replaced atomically."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from builder.core import paths, tempdirs


def load(name: str) -> dict[str, Any]:
    """Return the record of this name; an empty one if there is none yet or it cannot be read."""
    try:
        record = json.loads((paths.cache() / name).read_text())
    except (OSError, ValueError):
        return {}
    return record if isinstance(record, dict) else {}


def store(name: str, record: Mapping[str, Any]) -> None:
    """Replace a record. Commands may run side by side: a reader sees the old record or the new one."""
    file = paths.cache() / name
    # A record saves time and no more: a cache that is full or read-only is no reason to end a command.
    with suppress(OSError), tempdirs.folder(file.parent) as room:
        new = room / file.name
        new.write_text(json.dumps(record, indent=1) + "\n")
        new.replace(file)
