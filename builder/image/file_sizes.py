"""What is in an image by size: a tree for people, and what grew since another build."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rich.tree import Tree

from builder.engine.client import Engine
from builder.engine.containers import run_in_image

_FOLD = 1_000_000
_RECORDED = 5_000_000


@dataclass(frozen=True)
class SizeNode:
    """A file or folder: its bytes with all below, and its children of a megabyte or more, largest first."""

    name: str
    size: int
    children: tuple[SizeNode, ...]


def measure(image: str, engine: Engine) -> SizeNode:
    """Walk an image's files in a container of its own. Raises TailboxError."""
    walker = (Path(__file__).parent / "guest" / "walk.py").read_bytes()
    program = ["python3", "-I", "-", str(_FOLD)]
    failure = f"the files of {image} could not be measured"
    output = run_in_image(image, program, engine, failure, user="0", stdin=walker)
    return parse("/", json.loads(output))


def parse(name: str, data: tuple[int, dict[str, object]]) -> SizeNode:
    """Return a tree from what the walker wrote."""
    size, below = data
    children = [parse(child, value) for child, value in below.items()]  # type: ignore[arg-type]
    return SizeNode(name, size, tuple(sorted(children, key=lambda node: (-node.size, node.name))))


def flat(node: SizeNode, path: str = "") -> dict[str, int]:
    """Return the size of every file and folder of 5 MB or more with all below it, by its path."""
    sizes = {path or "/": node.size}
    for child in node.children:
        if child.size >= _RECORDED:
            sizes |= flat(child, f"{path}/{child.name}")
    return sizes


def grown(before: dict[str, int], now: SizeNode, count: int = 10) -> list[tuple[str, int]]:
    """Return what grew most (bytes), largest first. A folder stands for small pieces that grew below it."""
    return sorted(_growth(before, now, ""), key=lambda item: (-item[1], item[0]))[:count]


def _growth(before: dict[str, int], node: SizeNode, path: str) -> Iterator[tuple[str, int]]:
    below = [item for child in node.children for item in _growth(before, child, f"{path}/{child.name}")]
    yield from below
    grown_here = node.size - before.get(path or "/", 0) - sum(size for _, size in below)
    if grown_here >= _FOLD:
        yield path or "/", grown_here


def drawn(node: SizeNode, at_least: float = 0.01) -> Tree:
    """Return a tree of what takes at least this part of the whole."""
    tree = Tree(_label(node, node.size))
    _draw(node, tree, node.size, at_least)
    return tree


def _draw(node: SizeNode, tree: Tree, whole: int, at_least: float) -> None:
    for child in node.children:
        if child.size >= whole * at_least:
            name, inner = _joined(child)
            _draw(inner, tree.add(_label(SizeNode(name, inner.size, ()), whole)), whole, at_least)


def _joined(node: SizeNode) -> tuple[str, SizeNode]:
    """Join a chain of folders with nothing else in them into one line."""
    name = node.name
    while len(node.children) == 1 and node.children[0].size > node.size * 0.98:
        node = node.children[0]
        name += f"/{node.name}"
    return name, node


def _label(node: SizeNode, whole: int) -> str:
    return f"{node.size / 1e6:7.0f} MB {node.size / whole:4.0%}  {node.name}"
