"""Name the layers of an image, with their sizes.

`docker history` gives the size of each layer in its place, but not its instruction: where stages on the same
parent are built side by side, BuildKit lists the instructions of all of them. The image's own label names its
layers.
"""

from __future__ import annotations

import re

from docker.models.images import Image

from builder.image.layer_history import image_layers
from builder.prove.report.model import LayerSize
from builder.render.layers import short

# What the classic builder writes, too: `/bin/sh -c #(nop) COPY ...`, and a RUN without its word.
_MAKES_LAYER = re.compile(r"(/bin/sh -c (#\(nop\) +)?)?(RUN|COPY|ADD|WORKDIR)\b|/bin/sh -c (?!#\(nop\))")
_TITLE_WIDTH = 160


def named_layers(image: Image) -> tuple[LayerSize, ...]:
    """Return the layers that hold something, from the base upwards. Empty where history cannot be matched."""
    layers: list[str] = image.attrs["RootFS"]["Layers"]
    entries = [entry for entry in reversed(image.history()) if _makes_layer(entry)]
    if len(entries) < len(layers):
        return ()
    sizes = [entry["Size"] for entry in entries[: len(layers)]]
    return tuple(LayerSize(name, size) for name, size in zip(_names(image), sizes, strict=True) if size)


def _makes_layer(entry: dict[str, object]) -> bool:
    return bool(entry["Size"]) or _MAKES_LAYER.match(str(entry["CreatedBy"])) is not None


def _names(image: Image) -> list[str]:
    count = len(image.attrs["RootFS"]["Layers"])
    labelled = image_layers(image)
    titles = [short(step.title, _TITLE_WIDTH) for step in labelled.steps] if labelled else []
    base = count - len(titles)
    numbered = [f"base image, layer {number}" for number in range(1, base + 1)]
    return [*(["base image"] if base == 1 else numbered), *titles]
