"""`tailbox inspect`: show what an image says about itself."""

from __future__ import annotations

import click

from builder.cli.options import AS_JSON, print_json
from builder.engine.client import connect
from builder.image.inspect import inspect, lines


@click.command(
    "inspect",
    epilog="Examples: tailbox inspect tailbox/base:py3.13-ts1.102.3 | tailbox inspect ghcr.io/you/mine:1",
)
@click.argument("image", metavar="IMAGE")
@AS_JSON
def command(image: str, as_json: bool) -> None:
    """Show what a local IMAGE says about itself: contents, promises, layers, ports."""
    description = inspect(image, connect())
    if as_json:
        print_json(description)
    else:
        click.echo("\n".join(lines(description)))
