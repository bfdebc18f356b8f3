"""The sizes of an image as one HTML page that needs nothing else: boxes as large as what they stand for."""

from __future__ import annotations

import html
from collections.abc import Iterator, Sequence

from builder.image.file_sizes import SizeNode

_WIDTH, _HEIGHT = 1400.0, 860.0
_SMALLEST = 6.0
_HEAD = 14.0
_PAGE = """<!doctype html><meta charset="utf-8"><title>{title}</title>
<style>body{{margin:16px;font:13px system-ui,sans-serif;background:#fff;color:#222}}
div.map{{position:relative;width:{width:.0f}px;height:{height:.0f}px}}
div.map div{{position:absolute;box-sizing:border-box;border:1px solid #fff;overflow:hidden;white-space:nowrap;
font-size:11px;line-height:13px;padding-left:2px}}</style>
<h3>{title}, {size:.0f} MB</h3><p>Point at a box for its path.</p><div class="map">
{boxes}
</div>
"""
Box = tuple[float, float, float, float]


def page(title: str, node: SizeNode) -> str:
    """The whole page."""
    boxes = "\n".join(_boxes(node, "", (0.0, 0.0, _WIDTH, _HEIGHT), 0))
    size = node.size / 1e6
    return _PAGE.format(title=html.escape(title), width=_WIDTH, height=_HEIGHT, size=size, boxes=boxes)


def _boxes(node: SizeNode, path: str, box: Box, depth: int) -> Iterator[str]:
    x, y, width, height = box
    label = html.escape(f"{path or '/'}  {node.size / 1e6:.0f} MB", quote=True)
    style = f"left:{x:.1f}px;top:{y:.1f}px;width:{width:.1f}px;height:{height:.1f}px"
    color = f"hsl({210 + depth * 27} 45% {88 - min(depth, 8) * 4}%)"
    yield f'<div style="{style};background:{color}" title="{label}">{html.escape(node.name)}</div>'
    inner = (x + 2, y + _HEAD, width - 4, height - _HEAD - 2)
    if min(inner[2:]) > _SMALLEST:
        for child, place in _laid(node.children, node.size, inner):
            if min(place[2:]) > _SMALLEST:
                yield from _boxes(child, f"{path}/{child.name}", place, depth + 1)


def _laid(children: Sequence[SizeNode], whole: int, box: Box) -> Iterator[tuple[SizeNode, Box]]:
    """Cut the box in two along its longer side, half of the size on each, until each child has its own.

    What of `whole` belongs to no child stays empty at the end.
    """
    total = sum(child.size for child in children)
    x, y, width, height = box
    if not total:
        return
    share = min(1.0, total / whole)
    box = (x, y, width * share, height) if width >= height else (x, y, width, height * share)
    yield from _halved(children, box)


def _halved(children: Sequence[SizeNode], box: Box) -> Iterator[tuple[SizeNode, Box]]:
    if len(children) == 1:
        yield children[0], box
        return
    total, first, count = sum(child.size for child in children), 0, 0
    while count < len(children) - 1 and (not count or first + children[count].size <= total / 2):
        first, count = first + children[count].size, count + 1
    x, y, width, height = box
    part = first / total
    if width >= height:
        boxes = ((x, y, width * part, height), (x + width * part, y, width * (1 - part), height))
    else:
        boxes = ((x, y, width, height * part), (x, y + height * part, width, height * (1 - part)))
    yield from _halved(children[:count], boxes[0])
    yield from _halved(children[count:], boxes[1])
