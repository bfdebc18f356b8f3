"""The cost of a change: the layers that are rebuilt, why, and how much users pull for it. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from builder.render.layers import Layer

ABOVE = "lies above a layer that is made again"


@dataclass(frozen=True)
class Rebuilt:
    """A layer that is rebuilt. `size` is its compressed size before, in bytes, None if not known."""

    title: str
    why: str
    size: int | None


def compare(old: Sequence[Layer], new: Sequence[Layer], sizes: Sequence[int | None]) -> tuple[Rebuilt, ...]:
    """Return the layers of `new` that `old` does not have, in order; `sizes` belong to the layers of `old`.

    A layer is made again when its own text or inputs differ, or when one below it is, unless it is linked.
    """
    before = {step.title: (step, size) for step, size in zip(old, sizes, strict=True)}
    rebuilt: list[Rebuilt] = []
    broken = False
    for position, step in enumerate(new):
        known, size = before.get(step.title, (None, None))
        why = _difference(known, step)
        if not why and position < len(old) and old[position].title != step.title and not broken:
            why = "stands at another place"
        if not why and broken and not step.linked:
            why = ABOVE
        if why:
            rebuilt.append(Rebuilt(step.title, why, size))
        broken = broken or bool(why)
    return tuple(rebuilt)


def _difference(old: Layer | None, new: Layer) -> str:
    """Say why a layer is not the same as before; empty if it is."""
    if old is None:
        return "is new"
    if changes := _packages(old.packages, new.packages):
        return changes
    paths = sorted(old.inputs.keys() | new.inputs.keys())
    if other := [path for path in paths if old.inputs.get(path) != new.inputs.get(path)]:
        return "other content: " + ", ".join(other[:4]) + (f" and {len(other) - 4} more" if other[4:] else "")
    return "" if old.text == new.text else "another instruction"


def _packages(old: Sequence[str], new: Sequence[str]) -> str:
    """List the changed wheels of a layer: `+ new`, `- gone` and `name 1 -> 2`."""
    before = dict(map(_parts, old))
    after = dict(map(_parts, new))
    words = []
    for name in sorted(before.keys() | after.keys()):
        if name not in after:
            words.append(f"- {name} {before[name]}")
        elif name not in before:
            words.append(f"+ {name} {after[name]}")
        elif before[name] != after[name]:
            words.append(f"{name} {before[name]} -> {after[name]}")
    return ", ".join(words[:6]) + (f" and {len(words) - 6} more" if words[6:] else "")


def _parts(pin: str) -> tuple[str, str]:
    """The name of a wheel, and its version or address."""
    name, version = re.split("==| @ ", pin, maxsplit=1)
    return name, version
