"""An image as a folder (OCI image layout): its layers, and the files in which two of them differ."""

from __future__ import annotations

import tarfile
from itertools import zip_longest
from pathlib import Path

from builder.engine.oci_layout import Layout, open_layer
from builder.render.layers import short

_CHUNK = 1 << 20
_FIELDS = ("name", "type", "mode", "uid", "gid", "size", "mtime", "linkname", "pax_headers")


def differences(one: Layout, two: Layout) -> tuple[str, ...]:
    """For each layer that is not the same: its step, the first file that differs, and in what."""
    if len(one.layers()) != len(two.layers()):
        return (f"the one image has {len(one.layers())} layers, the other {len(two.layers())}",)
    steps = enumerate(zip(one.history(), one.layers(), two.layers(), strict=True), start=1)
    return tuple(
        f"layer {number} ({short(step, 60)}): {_in_layers(one.blob(left), two.blob(right))}"
        for number, (step, left, right) in steps
        if left != right
    )


def _in_layers(left: Path, right: Path) -> str:
    with open_layer(left) as a, open_layer(right) as b:
        for one, two in zip_longest(a, b):
            if one is None or two is None:
                return f"only one of them has {(one or two).name}"
            if fields := [field for field in _FIELDS if getattr(one, field) != getattr(two, field)]:
                return f"{one.name}: {', '.join(_told(field, one, two) for field in fields)}"
            if one.isreg() and not _same_content(a, b, one, two):
                return f"{one.name}: its content"
    return "the same files, compressed differently"


def _told(field: str, one: tarfile.TarInfo, two: tarfile.TarInfo) -> str:
    return f"{field} {getattr(one, field)!r} against {getattr(two, field)!r}"


def _same_content(a: tarfile.TarFile, b: tarfile.TarFile, one: tarfile.TarInfo, two: tarfile.TarInfo) -> bool:
    left, right = a.extractfile(one), b.extractfile(two)
    assert left is not None
    assert right is not None
    while True:
        piece, other = left.read(_CHUNK), right.read(_CHUNK)
        if piece != other:
            return False
        if not piece:
            return True
