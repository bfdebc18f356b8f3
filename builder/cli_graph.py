"""`tailbox graph`: which layers the targets share."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from builder import catalog
from builder.cli_output import stdout
from builder.core import paths
from builder.render import layer_graph
from builder.render.layers import rendered_layers
from builder.render.render import render
from builder.targets.target import catalogue


@click.command("graph")
@click.argument("names", nargs=-1, metavar="[TARGET]...")
@click.option("--svg", type=click.Path(path_type=Path), help="Draw it into this file.")
def graph_(names: Sequence[str], svg: Path | None) -> None:
    """Show which layers TARGETs (default: all of the catalogue) share, from the base upwards."""
    grown = of(names or catalogue())
    if svg:
        svg.write_text(layer_graph.svg(grown))
    else:
        stdout(layer_graph.text(grown))


def of(names: Sequence[str]) -> layer_graph.Branch:
    """The tree of these targets' layers, as they would be built now."""
    templates = paths.data("templates")
    return layer_graph.grow({name: rendered_layers(render(catalog.plan(name), templates)) for name in names})
