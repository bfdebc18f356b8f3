"""After a build: which layers were made again and why, in the words of `tailbox diff`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from docker.errors import APIError
from docker.models.images import Image

from builder.core import console, labels
from builder.engine.client import Engine
from builder.engine.images import our_names
from builder.render import layer_diff
from builder.render.layers import Layer, layers_from_label, short
from builder.resolve.plan import Plan


@dataclass(frozen=True)
class ImageLayers:
    """An image as layers: those of its base, and those of its steps, each by digest."""

    base: tuple[str, ...]
    layers: tuple[str, ...]
    steps: tuple[Layer, ...]


def image_layers(image: Image | None) -> ImageLayers | None:
    """The layers of an image; None where there is none, or where it does not say what they are."""
    label = (image.labels or {}).get(labels.STEPS) if image else None
    if image is None or label is None:
        return None
    steps = layers_from_label(label)
    layers: list[str] = image.attrs["RootFS"]["Layers"]
    return ImageLayers(tuple(layers[: -len(steps)]), tuple(layers[-len(steps) :]), steps)


def report_rebuilt(old: ImageLayers | None, new: ImageLayers | None) -> None:
    """Say why layers were made again; nothing where an image is the first of its target."""
    for line in reasons(old, new) if old and new else ():
        console.note(line)


def reasons(old: ImageLayers, new: ImageLayers) -> Iterator[str]:
    """Yield a line for each changed input, one for all layers above, and one for what is unexplained."""
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


def previous_image(plan: Plan, engine: Engine) -> Image | None:
    """The image that a plan's build would replace: the one of its tag, else the youngest of its target."""
    return tagged_image(str(plan.reference), engine) or _latest(plan.target, engine)


def tagged_image(tag: str, engine: Engine) -> Image | None:
    """The image of a tag; None where there is none, or where the words cannot be a tag."""
    try:
        return engine.client.images.get(tag)
    except APIError:
        return None


def _latest(target: str, engine: Engine) -> Image | None:
    """The youngest image of a target, whatever its tag."""
    images = engine.client.images.list(filters={"label": f"{labels.TARGET}={target}"})
    ours = filter(our_names, images)
    return max(ours, key=lambda image: str(image.attrs["Created"]), default=None)
