"""Measure the compressed size of each layer, which a pull costs; cached by digest."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import IO

import zstandard
from docker.models.images import Image

from builder.core import cache, console
from builder.engine.client import Engine
from builder.engine.containers import output_of_image
from builder.engine.images import layer_folders

_LEVEL = 3
_CHUNK = 1 << 20
_AT_ONCE = 4
_RECORD = "layer-sizes.json"


def compressed_size(image: Image, engine: Engine) -> int | None:
    """Return the bytes of all layers of a local image, compressed with zstd at level 3 as for a registry.

    None if the engine's store does not keep layers as folders (only overlay2 does).
    """
    layers = layer_folders(image)
    if not layers:
        return None
    folders = dict(zip(image.attrs["RootFS"]["Layers"], reversed(layers), strict=True))
    known = measured_sizes()
    new = {digest: folder for digest, folder in folders.items() if digest not in known}
    if new:
        console.step(f"measuring the compressed size of {len(new)} new layers (once for each)")
        # Most layers are small: what takes the time is to start a container for each.
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            sizes = pool.map(lambda folder: _measure(folder, str(image.id), engine), new.values())
            known |= zip(new, sizes, strict=True)
        # Another command may have measured meanwhile.
        cache.store(_RECORD, measured_sizes() | known)
    return sum(known[digest] for digest in folders)


def measured_sizes() -> dict[str, int]:
    """Return the compressed sizes in bytes of all layers measured on this machine, by digest."""
    return cache.load(_RECORD)


def _measure(folder: str, image: str, engine: Engine) -> int:
    """Tar a layer in a container of the image itself, and return its compressed length."""
    program = ["tar", "-C", "/layer", "-cf", "-", "."]
    failure, volume = f"the layer at {folder} could not be read", f"{folder}:/layer:ro"
    with output_of_image(image, program, engine, failure, user="0", volume=volume) as tar:
        return _compressed_length(tar)


def _compressed_length(stream: IO[bytes]) -> int:
    compressor = zstandard.ZstdCompressor(level=_LEVEL, threads=-1).compressobj()
    total = sum(len(compressor.compress(chunk)) for chunk in iter(lambda: stream.read(_CHUNK), b""))
    return total + len(compressor.flush())
