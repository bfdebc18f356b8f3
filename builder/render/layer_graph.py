"""`tailbox graph`: which layers the targets share, as a tree of text and as a drawing. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

from rich.tree import Tree

from builder.render.layers import Layer

# Pixels: the height of a box, from line to line, from depth to depth, and the width of a letter.
_BOX, _ROW, _GAP, _LETTER = 24, 34, 40, 7.3


@dataclass(frozen=True)
class Branch:
    """Layers that all targets above share, the targets that end here, and the branches of the others."""

    layers: tuple[str, ...]
    targets: tuple[str, ...]
    inner: tuple[Branch, ...]

    @property
    def title(self) -> str:
        """The layers, each in a word or two."""
        return ", ".join(dict.fromkeys(self.layers))

    def all_targets(self) -> tuple[str, ...]:
        """Every target that has these layers."""
        return (*self.targets, *(name for branch in self.inner for name in branch.all_targets()))


def grow(made: Mapping[str, Sequence[Layer]]) -> Branch:
    """Build the tree of the targets' layers. A linked layer makes no branch: it stands on no other."""
    return _grow({name: list(_standing(steps)) for name, steps in made.items()})


def _standing(steps: Sequence[Layer]) -> Iterator[tuple[str, str]]:
    """Return (name, key) of the layers that stand on others; linked ones right below belong to the key."""
    linked = ""
    for step in steps:
        if step.linked:
            linked += _key(step)
        else:
            yield _name(step), linked + _key(step)
            linked = ""


def _grow(made: Mapping[str, Sequence[tuple[str, str]]]) -> Branch:
    """Split layers where the targets begin to differ."""
    columns = list(zip(*made.values(), strict=False))
    common = next(
        (n for n, column in enumerate(columns) if len({key for _, key in column}) > 1), len(columns)
    )
    layers = tuple(column[0][0] for column in columns[:common])
    ended = tuple(name for name, steps in made.items() if len(steps) == common)
    parted: dict[str, dict[str, Sequence[tuple[str, str]]]] = {}
    for name, steps in made.items():
        if len(steps) > common:
            parted.setdefault(steps[common][1], {})[name] = steps[common:]
    return Branch(layers, ended, tuple(_grow(group) for group in parted.values()))


def _key(step: Layer) -> str:
    """Return what makes two layers on the same ground the same layer."""
    return f"{step.text} {sorted(step.inputs.items())}"


def _name(step: Layer) -> str:
    """Describe a layer in a word or two."""
    wheels = "1 wheel" if len(step.packages) == 1 else f"{len(step.packages)} wheels"
    return f"{step.name} ({wheels})" if step.packages else step.name


def text(branch: Branch) -> Tree:
    """Return the tree for a terminal."""
    tree = Tree(_line(branch), highlight=False)
    for inner in branch.inner:
        tree.add(text(inner))
    return tree


def _line(branch: Branch) -> str:
    ends = f" -> {', '.join(branch.targets)}" if branch.targets else ""
    return f"{branch.title}{ends}" if ends else f"{branch.title} ({len(branch.all_targets())} targets)"


def svg(branch: Branch) -> str:
    """Draw the tree: a line for each branch, its layers in a box, its targets behind it."""
    rows = list(_rows(branch, 0, None))
    width = max(_right(depth, node) for depth, node, _ in rows) + 10
    height = len(rows) * _ROW + 10
    drawn = [line for at, row in enumerate(rows) for line in _drawn(at, *row)]
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height}" '
        'font-family="monospace" font-size="12">'
    )
    return "\n".join([head, f'<rect width="{width:.0f}" height="{height}" fill="#fff"/>', *drawn, "</svg>\n"])


def _rows(
    branch: Branch, depth: int, parent: int | None, at: int = 0
) -> Iterator[tuple[int, Branch, int | None]]:
    """Return (depth, branch, row of its parent), from top to bottom."""
    yield depth, branch, parent
    below = at + 1
    for inner in branch.inner:
        rows = list(_rows(inner, depth + 1, at, below))
        yield from rows
        below += len(rows)


def _right(depth: int, branch: Branch) -> float:
    return 10 + depth * _GAP + len(f"{branch.title}  {', '.join(branch.targets)}") * _LETTER + 24


def _drawn(at: int, depth: int, branch: Branch, parent: int | None) -> Iterator[str]:
    x, y = 10 + depth * _GAP, 10 + at * _ROW
    box = len(branch.title) * _LETTER + 12
    if parent is not None:
        top, middle = 10 + parent * _ROW + _BOX, y + _BOX / 2
        yield f'<path d="M{x - _GAP / 2} {top}V{middle}H{x}" fill="none" stroke="#888"/>'
    yield f'<rect x="{x}" y="{y}" width="{box:.0f}" height="{_BOX}" rx="4" fill="#eef4fb" stroke="#579"/>'
    yield f'<text x="{x + 6}" y="{y + 16}">{escape(branch.title)}</text>'
    if branch.targets:
        names = escape(", ".join(branch.targets))
        yield f'<text x="{x + box + 8:.0f}" y="{y + 16}" font-weight="bold">{names}</text>'
