"""A report names each layer by the image's label, and takes its size from its place in the history."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

from builder.core import labels
from builder.prove.report.layers import named_layers
from builder.prove.report.model import LayerSize
from builder.render.layers import Layer, layers_to_label

TITLES = ("RUN useradd dev", "RUN uv venv /opt/jupyter", "WORKDIR /workspace", "COPY node/bin /opt/bin")
# From the top, as the engine gives it. A stage beside this one left `fetch.sh`, and moved every name by one.
HISTORY = [
    ('ENTRYPOINT ["entrypoint"]', 0),
    ("COPY node/bin /opt/bin # buildkit", 0),
    ("WORKDIR /workspace", 5),
    ("RUN |1 X= /bin/bash -c uv venv /opt/jupyter # buildkit", 0),
    ("ENV LANG=C.UTF-8", 0),
    ("RUN |1 X= /bin/bash -c useradd dev # buildkit", 156),
    ("RUN |1 ANEW= /bin/bash -c sh /run/fetch.sh # buildkit", 7),
    ("ARG ANEW", 0),
    ("", 78),
]


def image(history: list[tuple[str, int]], layers: int, titles: tuple[str, ...] = TITLES) -> Any:
    label = layers_to_label(tuple(Layer(title, "", {}, (), False) for title in titles))
    return SimpleNamespace(
        labels={labels.STEPS: label} if titles else {},
        attrs={"RootFS": {"Layers": [f"sha256:{number}" for number in range(layers)]}},
        history=lambda: [{"CreatedBy": made_by, "Size": size} for made_by, size in history],
    )


def test_sizes_go_with_the_names_of_the_label() -> None:
    assert named_layers(cast(Any, image(HISTORY, 5))) == (
        LayerSize("base image", 78),
        LayerSize("RUN useradd dev", 7),
        LayerSize("RUN uv venv /opt/jupyter", 156),
        LayerSize("COPY node/bin /opt/bin", 5),
    )


def test_layers_of_a_larger_base_are_numbered() -> None:
    base = [
        ('/bin/sh -c #(nop)  CMD ["bash"]', 0),
        ("/bin/sh -c apt-get update", 0),
        ("/bin/sh -c #(nop) COPY file:1 in /etc", 3),
        ("/bin/sh -c #(nop) ADD file:2 in /", 70),
    ]
    layers = named_layers(cast(Any, image([*HISTORY[:-1], *base], 7)))
    assert [(layer.made_by, layer.size) for layer in layers[:3]] == [
        ("base image, layer 1", 70),
        ("base image, layer 2", 3),
        ("RUN useradd dev", 7),
    ]


def test_an_image_without_the_label_has_numbered_layers() -> None:
    layers = named_layers(cast(Any, image([("RUN true", 5), ("", 78)], 2, ())))
    assert [layer.made_by for layer in layers] == ["base image, layer 1", "base image, layer 2"]


def test_a_history_that_is_too_short_names_nothing() -> None:
    assert named_layers(cast(Any, image([("", 78)], 5))) == ()
