"""`tailbox graph`: which layers the targets share."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from builder.cli.options import TARGETS, stdout
from builder.pipeline.graph import shared_layers
from builder.pipeline.workspace import Workspace
from builder.render import layer_graph
from builder.targets.target import catalogue


@click.command("graph", epilog="Examples: tailbox graph | tailbox graph base cuda --svg layers.svg")
@TARGETS
@click.option("--svg", type=click.Path(path_type=Path), help="Draw it into this file.")
def command(names: Sequence[str], svg: Path | None) -> None:
    """Show which layers the targets share.

    Without TARGET, show the whole catalogue, from the base upwards.
    """
    tree = shared_layers(names or catalogue(), Workspace.open())
    if svg:
        svg.write_text(layer_graph.svg(tree))
    else:
        stdout(layer_graph.text(tree))
