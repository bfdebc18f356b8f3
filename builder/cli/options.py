"""Options that commands share, and data on stdout."""

from __future__ import annotations

import json

import click

from builder.core import console

AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print data as JSON on stdout.")
TARGET = click.argument("name", metavar="TARGET")
TARGETS = click.argument("names", nargs=-1, metavar="[TARGET]...")
BUILDER = click.option(
    "--builder", metavar="NAME", help="A buildx builder, by name or by endpoint (tcp://host:1234)."
)
LOCKED = click.option(
    "--locked",
    is_flag=True,
    help="Refuse a base image or Debian packages that differ from the lock; by default they are named.",
)
VERBOSE = click.Option(
    ["--verbose"],
    is_flag=True,
    expose_value=False,
    callback=lambda _ctx, _option, value: console.verbose.set(value),
    help="Show what other programs said of a problem.",
)
CACHE = click.option("--cache", metavar="REPOSITORY", help="Read and fill layers in this registry.")


def print_json(value: object) -> None:
    """Print data for programs."""
    click.echo(json.dumps(value, indent=2, default=str))


def stdout(renderable: object) -> None:
    """Print a table or text for people."""
    # Rich takes a tenth of a second to import, which commands that print plain lines need not wait for.
    from rich.console import Console

    Console(highlight=False).print(renderable)
