"""What a pull of an image costs: the compressed size of each layer, measured once and kept by its digest."""

from __future__ import annotations

import json
import subprocess
import tarfile
from pathlib import Path
from typing import IO

import zstandard
from docker.models.images import Image

from builder import paths, say

_LEVEL = 3


def compressed(image: Image) -> int | None:
    """Bytes of all layers of a local image in zstd, level 3, as a registry would hold them.

    None where the engine's store does not give the layers as they are (a containerd store).
    """
    layers: list[str] = image.attrs["RootFS"]["Layers"]
    record = paths.cache() / "layer-sizes.json"
    known: dict[str, int] = json.loads(record.read_text()) if record.is_file() else {}
    if any(layer not in known for layer in layers):
        say.step("measuring the compressed size of new layers (once for each)")
        known |= _measure(str(image.id), set(layers) - set(known))
        record.parent.mkdir(parents=True, exist_ok=True)
        record.write_text(json.dumps(known, indent=1, sort_keys=True) + "\n")
    return sum(known[layer] for layer in layers) if known.keys() >= set(layers) else None


def _measure(image: str, wanted: set[str]) -> dict[str, int]:
    """Stream `docker save` once, compressing the wanted layers (diff ids) that it holds as plain tars."""
    sizes: dict[str, int] = {}
    with subprocess.Popen(["docker", "save", image], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        with tarfile.open(fileobj=process.stdout, mode="r|") as archive:
            for member in archive:
                digest = "sha256:" + Path(member.name).name
                content = archive.extractfile(member)
                if content and digest in wanted:
                    sizes[digest] = _compressed_length(content)
    return sizes


def _compressed_length(stream: IO[bytes]) -> int:
    compressor = zstandard.ZstdCompressor(level=_LEVEL, threads=-1).compressobj()
    total = sum(len(compressor.compress(chunk)) for chunk in iter(lambda: stream.read(1 << 20), b""))
    return total + len(compressor.flush())
