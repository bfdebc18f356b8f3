"""An image as a folder (OCI image layout): its layers, and the files in which two of them differ."""

from __future__ import annotations

import json
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any

import zstandard

from builder.progress import short

_CHUNK = 1 << 20
_FIELDS = ("name", "type", "mode", "uid", "gid", "size", "mtime", "linkname", "pax_headers")


@dataclass(frozen=True)
class Layout:
    """An image exported with `type=oci,tar=false`."""

    folder: Path

    def layers(self) -> list[str]:
        """The digests of its layers as a registry would hold them, lowest first."""
        return [layer["digest"] for layer in self._manifest()["layers"]]

    def digest(self) -> str:
        """The digest of its manifest: what one deploys by."""
        index = json.loads((self.folder / "index.json").read_text())
        return str(index["manifests"][0]["digest"])

    def blob(self, digest: str) -> Path:
        return self.folder / "blobs" / Path(*digest.split(":"))

    def _manifest(self) -> dict[str, Any]:
        manifest: dict[str, Any] = json.loads(self.blob(self.digest()).read_text())
        return manifest

    def history(self) -> list[str]:
        """The step that made each layer."""
        config = json.loads(self.blob(self._manifest()["config"]["digest"]).read_text())
        return [one.get("created_by", "") for one in config["history"] if not one.get("empty_layer")]


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
    with opened(left) as a, opened(right) as b:
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


@contextmanager
def opened(blob: Path) -> Iterator[tarfile.TarFile]:
    """A layer as a tar that can be read once, from its first file to its last."""
    with blob.open("rb") as file:
        magic = file.read(4)
        file.seek(0)
        if magic == b"\x28\xb5\x2f\xfd":
            stream: Any = zstandard.ZstdDecompressor().stream_reader(file)
            with tarfile.open(fileobj=stream, mode="r|") as tar:
                yield tar
        else:
            with tarfile.open(fileobj=file, mode="r|*") as tar:
                yield tar


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
