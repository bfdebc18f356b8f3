"""After a build: each layer that was made again is explained by the input that changed, or by none."""

from __future__ import annotations

import dataclasses

from builder.image.layer_history import ImageLayers, reasons
from builder.render.layers import Layer


def _step(title: str, **more: object) -> Layer:
    return dataclasses.replace(Layer(title, "text", {}, (), False), **more)  # type: ignore[arg-type]


OLD = ImageLayers(
    ("base",),
    ("a1", "b1", "c1"),
    (_step("RUN a"), _step("RUN b", packages=("idna==1",)), _step("COPY c", inputs={"node/c": "1"})),
)


def _after(layers: str, **changed: Layer) -> list[str]:
    made = tuple(changed.get(step.title[-1], step) for step in OLD.steps)
    return list(reasons(OLD, ImageLayers(("base",), tuple(layers.split()), made)))


def test_a_build_that_made_nothing_again_says_nothing() -> None:
    assert _after("a1 b1 c1") == []


def test_the_changed_input_is_named_and_what_stands_on_it_is_counted() -> None:
    told = _after("a1 b2 c2", b=_step("RUN b", packages=("idna==1", "rich==2")))
    assert told == ["rebuilt: RUN b because + rich 2", "rebuilt: 1 more that stand on them"]


def test_a_layer_whose_bytes_are_the_same_is_not_one_that_was_made_again() -> None:
    assert _after("a1 b2 c1", b=_step("RUN b", packages=("idna==2",))) == [
        "rebuilt: RUN b because idna 1 -> 2"
    ]


def test_a_lost_cache_is_told_from_a_changed_input() -> None:
    assert _after("a1 b2 c2") == ["rebuilt: 2 layers from the same inputs; the builder no longer had them"]


def test_another_base_explains_every_layer() -> None:
    new = dataclasses.replace(OLD, base=("other",), layers=("a2", "b2", "c2"))
    assert list(reasons(OLD, new)) == ["rebuilt: every layer, because the base image is another"]
