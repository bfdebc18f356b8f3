"""A target's size budget: how large it may be, and what it was made of when that was accepted."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from builder.build.bake import Image
from builder.core import paths
from builder.core.errors import Problem, TailboxError
from builder.engine.client import Engine
from builder.image import file_sizes
from builder.image.file_sizes import SizeNode
from builder.targets.inheritance import is_path

# Security updates of the base come in between two looks at the budget.
_ROOM = 1.03


@dataclass(frozen=True)
class Budget:
    """Limits in bytes, on disk and compressed; `accepted` is the size of each part when they were set.

    None where the engine that set it could not tell the compressed size.
    """

    disk: int
    compressed: int | None
    accepted: dict[str, int]


class SizeBudgetError(TailboxError):
    """An image is larger than its target's budget."""


def place(reference: str) -> Path:
    """The file of a target's budget; that of a user's own lies beside it."""
    path, images = Path(reference), paths.data("images")
    if is_path(reference) and path.resolve().parent != images.resolve():
        return path.with_suffix(".size.json")
    return images / "sizes" / f"{path.stem}.json"


def read(reference: str) -> Budget | None:
    """The budget of a target; None where none was set."""
    file = place(reference)
    return Budget(**json.loads(file.read_text())) if file.is_file() else None


def accept(reference: str, image: Image, tree: SizeNode) -> Path:
    """Set the budget to what the image is now, with 3 % room."""
    compressed = None if image.compressed is None else round(image.compressed * _ROOM)
    limits = {"disk": round(image.size * _ROOM), "compressed": compressed}
    file = place(reference)
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps({**limits, "accepted": file_sizes.flat(tree)}, indent=1) + "\n")
    return file


def enforce(reference: str, image: Image, engine: Engine) -> None:
    """Raise SizeBudgetError, with the ten parts that grew most, when the image is over its budget."""
    budget = read(reference)
    if budget and (over := exceeded(budget, image)):
        raise SizeBudgetError(problem(reference, over, budget, file_sizes.measure(image.tag, engine)))


def exceeded(budget: Budget, image: Image) -> list[str]:
    """Return each limit that is broken, in words."""
    sizes = (("on disk", image.size, budget.disk), ("compressed", image.compressed, budget.compressed))
    return [
        f"{size / 1e6:.0f} MB {what}, the budget is {limit / 1e6:.0f} MB"
        for what, size, limit in sizes
        if size is not None and limit is not None and size > limit
    ]


def problem(reference: str, over: list[str], budget: Budget, tree: SizeNode) -> Problem:
    """Say what is too large, and what made it so."""
    growths = file_sizes.grown(budget.accepted, tree)
    lines = [f"    +{size / 1e6:.0f} MB  {path}" for path, size in growths]
    return Problem(
        "\n".join([f"{reference} is over its size budget: {'; '.join(over)}", "  what grew most:", *lines]),
        f"take it out again, or accept it: tailbox size {reference} --accept",
    )
