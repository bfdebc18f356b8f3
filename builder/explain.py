"""After a build: which layers were made again and why, in the words of `tailbox diff`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from docker.models.images import Image

from builder.core import console, labels
from builder.render import layer_diff
from builder.render.layers import Layer, layers_from_label, short


@dataclass(frozen=True)
class Made:
    """An image as layers: those of its base, and those of its steps, each by digest."""

    base: tuple[str, ...]
    layers: tuple[str, ...]
    steps: tuple[Layer, ...]


def made(image: Image | None) -> Made | None:
    """The layers of an image; None where there is none, or where it does not say what they are."""
    said = (image.labels or {}).get(labels.STEPS) if image else None
    if image is None or said is None:
        return None
    own = layers_from_label(said)
    layers: list[str] = image.attrs["RootFS"]["Layers"]
    return Made(tuple(layers[: -len(own)]), tuple(layers[-len(own) :]), own)


def tell(old: Made | None, new: Made | None) -> None:
    """Say why layers were made again; nothing where an image is the first of its target."""
    for line in reasons(old, new) if old and new else ():
        console.note(line)


def reasons(old: Made, new: Made) -> Iterator[str]:
    """A line for each changed input, one for all that lies above it, and what no input explains."""
    if old.base != new.base:
        yield "rebuilt: every layer, because the base image is another"
        return
    again = [step for step, layer in zip(new.steps, new.layers, strict=True) if layer not in old.layers]
    sizes: Sequence[int | None] = [None] * len(old.steps)
    why = {layer.title: layer.why for layer in layer_diff.compare(old.steps, new.steps, sizes)}
    causes = [step for step in again if why.get(step.title, layer_diff.ABOVE) != layer_diff.ABOVE]
    for step in causes:
        yield f"rebuilt: {short(step.title, 80)} because {why[step.title]}"
    rest = len(again) - len(causes)
    if causes and rest:
        yield f"rebuilt: {rest} more that stand on them"
    elif rest:
        yield f"rebuilt: {rest} layers from the same inputs; the builder no longer had them"
