"""The layers of an image and what each is made of, as a label of the image keeps them. Pure."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Layer:
    """One layer: its step in words, a digest of its text, its inputs (path to digest) and its wheels.

    A `linked` layer is made without looking at those below it: it stays when they change. `name` is what it
    is in a word or two; the label does not hold it.
    """

    title: str
    text: str
    inputs: dict[str, str]
    packages: tuple[str, ...]
    linked: bool
    name: str = field(default="", compare=False)

    def as_data(self) -> dict[str, object]:
        """Return what the label holds."""
        return {key: value for key, value in vars(self).items() if key != "name"}


def layers_to_label(made: tuple[Layer, ...]) -> str:
    """Return the label by which an image names its layers."""
    return json.dumps([step.as_data() for step in made], sort_keys=True, separators=(",", ":"))


def layers_from_label(text: str) -> tuple[Layer, ...]:
    """Read the layers of an image from its label."""
    rows = json.loads(text)
    return tuple(Layer(**{**row, "packages": tuple(row["packages"])}) for row in rows)


def layer_title(text: str) -> str:
    """Return an instruction as BuildKit reports it in one line, in the words of a layer's title."""
    for source, target in re.findall(r"--mount=type=bind,source=([^,\s]+),target=(\S+)", text):
        text = text.replace(f" {target}", f" {source}")
    unsaid = ("--mount=", "--chmod=", "--link")
    words = [word for word in text.split() if word != "\\" and not word.startswith(unsaid)]
    return " ".join(words).replace(". /run/host/env; ", "")


def short_digest(content: bytes) -> str:
    """Return a short digest that tells two texts apart."""
    return hashlib.sha256(content).hexdigest()[:12]


def short(name: str, width: int = 72) -> str:
    """Return what a step runs, without mounts and shell preamble."""
    text = layer_title(name)
    return text if len(text) <= width else text[: width - 1] + "…"
