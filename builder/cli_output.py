"""What the commands share: their common options, and data on stdout."""

from __future__ import annotations

import json

import click
from rich.console import Console

AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print data as JSON on stdout.")
TARGET = click.argument("name", metavar="TARGET")
BUILDER = click.option(
    "--builder", metavar="NAME", help="A buildx builder, by name or by endpoint (tcp://host:1234)."
)
NEWER = click.option(
    "--newer",
    is_flag=True,
    help="Accept another base and other Debian packages than locked. What is cached is not fetched again.",
)
CACHE = click.option("--cache", metavar="REPOSITORY", help="Read and fill layers in this registry.")


def print_json(value: object) -> None:
    """Data for programs."""
    click.echo(json.dumps(value, indent=2, default=str))


def stdout(renderable: object) -> None:
    """A table or text for people."""
    Console(highlight=False).print(renderable)
