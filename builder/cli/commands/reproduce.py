"""`tailbox reproduce`: build a target twice and compare the bytes."""

from __future__ import annotations

import dataclasses

import click

from builder.cli.options import AS_JSON, TARGET, print_json
from builder.core.errors import Problem, TailboxError
from builder.pipeline.reproduce import reproduce_target


@click.command("reproduce", epilog="Examples: tailbox reproduce base | tailbox reproduce base --builder far")
@TARGET
@AS_JSON
@click.option("--builder", metavar="NAME", help="A buildx builder to use instead of empty BuildKit daemons.")
def command(name: str, as_json: bool, builder: str | None) -> None:
    """Build TARGET twice with nothing cached and compare the images; name the first file that differs."""
    result = reproduce_target(name, builder)
    if as_json:
        print_json(dataclasses.asdict(result))
    elif not result.differences:
        wheels, debian = len(result.packages.wheels), len(result.packages.debian)
        click.echo(f"the same {len(result.layers)} layers twice, {result.digest}")
        click.echo(f"the same {wheels} wheels and {debian} Debian packages, each by hash")
    if result.differences:
        what = "\n  ".join(["two builds differ:", *result.differences])
        raise TailboxError(Problem(what, "make those steps give the same bytes"))
