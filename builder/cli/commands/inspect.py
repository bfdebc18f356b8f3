"""`tailbox inspect`: what an image says about itself."""

from __future__ import annotations

import click

from builder.cli.options import AS_JSON, print_json
from builder.engine.client import connect
from builder.image.inspect import inspect, lines


@click.command("inspect", epilog="Examples: tailbox inspect tailbox/base:py3.13-ts1.102.3")
@click.argument("image", metavar="IMAGE")
@AS_JSON
def command(image: str, as_json: bool) -> None:
    """Show what a local IMAGE says about itself.

    This is its contents, its promises, its layers and its ports.
    """
    description = inspect(image, connect())
    if as_json:
        print_json(description)
    else:
        click.echo("\n".join(lines(description)))
