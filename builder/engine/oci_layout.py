"""Read an image in a folder (OCI image layout), and its layers as tars."""

from __future__ import annotations

import json
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import zstandard


@dataclass(frozen=True)
class Layout:
    """An image exported with `type=oci,tar=false`."""

    folder: Path

    def layers(self) -> list[str]:
        """Return the digests of its compressed layers, lowest first."""
        return [layer["digest"] for layer in self._manifest()["layers"]]

    def digest(self) -> str:
        """Return the digest of its manifest, which deployments name."""
        index = json.loads((self.folder / "index.json").read_text())
        return str(index["manifests"][0]["digest"])

    def blob(self, digest: str) -> Path:
        return self.folder / "blobs" / Path(*digest.split(":"))

    def _manifest(self) -> dict[str, Any]:
        manifest: dict[str, Any] = json.loads(self.blob(self.digest()).read_text())
        return manifest

    def history(self) -> list[str]:
        """Return the step that made each layer."""
        config = json.loads(self.blob(self._manifest()["config"]["digest"]).read_text())
        return [one.get("created_by", "") for one in config["history"] if not one.get("empty_layer")]


@contextmanager
def open_layer(blob: Path) -> Iterator[tarfile.TarFile]:
    """Yield a layer as a tar that can be read once, from its first file to its last."""
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
