"""`tailbox diff`: what a change costs."""

from __future__ import annotations

import dataclasses

import click
from rich.table import Table

from builder.cli.options import AS_JSON, TARGET, print_json, stdout
from builder.pipeline.diff import diff_target
from builder.render.layers import short


@click.command("diff", epilog="Examples: tailbox diff base | tailbox diff base --against HEAD~1")
@TARGET
@click.option("--against", metavar="TAG|REV", help="An image, or a revision of this checkout.")
@AS_JSON
def command(name: str, against: str | None, as_json: bool) -> None:
    """Show the layers of TARGET that would be rebuilt, and why.

    Also show how many MB users pull for them.
    """
    diff = diff_target(name, against)
    if as_json:
        print_json(dataclasses.asdict(diff))
        return
    table = Table("layer", "why", "MB before", box=None)
    for layer in diff.rebuilt:
        size = "?" if layer.size is None else f"{layer.size / 1e6:.1f}"
        table.add_row(short(layer.title, 80), layer.why, size)
    stdout(table)
    click.echo(
        f"{len(diff.rebuilt)} of {diff.layers} layers are made again against {diff.against}, "
        f"about {diff.pull / 1e6:.1f} MB to pull"
    )
