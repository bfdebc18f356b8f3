"""The history, the label and the layers of a finished image name the same steps, one by one."""

from __future__ import annotations

import re

from builder.core.labels import STEPS
from builder.pipeline.build import Built
from builder.render.layers import layers_from_label

_SHELL = re.compile(r"^RUN (?:\|\d+ (?:\w+=\S* )*)?/bin/bash -euo pipefail -c (?:\. /run/host/env; )?")


def _words(step: str) -> list[str]:
    """Return the words of a step without the paths of its mounts, which the label names otherwise."""
    text = _SHELL.sub("RUN ", step.removesuffix(" # buildkit")).replace('"', "'").replace("\\", "/")
    files = r"(?:/run|locks|wheels|hooks|files)/\S+|--(?:chmod|from)=\S+"
    return re.sub(files, "", text).split()


def test_each_layer_has_its_own_name_in_history_and_label(built_base: Built) -> None:
    image = built_base.engine.client.images.get(built_base.image.id)
    named = layers_from_label(image.labels[STEPS])
    history = [row for row in reversed(image.history()) if row["CreatedBy"] and row["Size"]]
    created = [
        row["CreatedBy"] for row in history if not row["CreatedBy"].startswith(("ENV", "LABEL", "ARG"))
    ]
    assert len(image.attrs["RootFS"]["Layers"]) == 1 + len(named)
    sized = [layer for layer in named if not layer.title.startswith("WORKDIR")]
    assert [_words(text) for text in created] == [_words(layer.title) for layer in sized]
