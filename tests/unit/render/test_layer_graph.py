"""The graph of shared layers: what is common stands once, and every target ends somewhere."""

from __future__ import annotations

from xml.etree import ElementTree

from rich.console import Console

from builder.render import layer_graph
from builder.render.layers import Layer


def layer(name: str, *packages: str) -> Layer:
    title = f"RUN install -r locks/{name}.txt"
    return Layer(title, f"{name}{packages}", {}, packages, linked=False, name=name)


LINKED = Layer("COPY node", "x", {}, (), linked=True, name="node")
MADE = {
    "a": [layer("system"), LINKED, layer("cuda", "x==1"), layer("packages", "p==1")],
    "b": [layer("system"), LINKED, layer("cuda", "x==1"), layer("packages", "p==1", "q==1")],
    "c": [layer("system"), layer("cuda", "x==2")],
    "d": [layer("system")],
}


def test_what_is_common_stands_once_and_what_differs_parts() -> None:
    grown = layer_graph.grow(MADE)
    assert (grown.layers, grown.targets) == (("system",), ("d",))
    cuda, other = grown.inner
    assert (cuda.layers, other.targets) == (("cuda (1 wheel)",), ("c",))
    assert [branch.targets for branch in cuda.inner] == [("a",), ("b",)]
    assert sorted(grown.all_targets()) == sorted(MADE)


def test_the_same_input_with_other_content_is_another_layer() -> None:
    one, two = Layer("RUN x", "t", {"f": "1"}, (), False), Layer("RUN x", "t", {"f": "2"}, (), False)
    assert layer_graph.grow({"a": [one], "b": [two]}).layers == ()


def test_a_layer_on_another_linked_one_is_another() -> None:
    other = Layer("COPY node", "x", {"file": "1"}, (), linked=True)
    grown = layer_graph.grow(
        {"a": [layer("system"), LINKED, layer("cuda")], "b": [layer("system"), other, layer("cuda")]}
    )
    assert grown.layers == ("system",)
    assert len(grown.inner) == 2


def test_text_and_drawing_name_every_target() -> None:
    console = Console(record=True, width=120)
    console.print(layer_graph.text(layer_graph.grow(MADE)))
    assert "cuda (1 wheel) (2 targets)" in console.export_text()
    drawn = ElementTree.fromstring(layer_graph.svg(layer_graph.grow(MADE)))
    bold = {node.text for node in drawn.iter() if node.get("font-weight") == "bold"}
    assert bold == set(MADE)
    assert len({(node.get("x"), node.get("y")) for node in drawn.iter() if node.get("rx")}) == 5
