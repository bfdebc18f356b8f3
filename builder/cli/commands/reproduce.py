"""`tailbox reproduce`: the same bytes twice."""

from __future__ import annotations

import dataclasses

import click

from builder.cli.options import AS_JSON, LOCKED, TARGET, print_json
from builder.core.errors import Problem, TailboxError
from builder.pipeline.reproduce import reproduce_target


@click.command(
    "reproduce",
    epilog="Examples: tailbox reproduce base | tailbox reproduce base --builder far --locked",
)
@TARGET
@LOCKED
@AS_JSON
@click.option("--builder", metavar="NAME", help="A buildx builder, instead of empty daemons of our own.")
def command(name: str, locked: bool, as_json: bool, builder: str | None) -> None:
    """Build TARGET twice with nothing cached and compare the images.

    Name the first file in which a layer differs.
    """
    result = reproduce_target(name, builder, require_locked=locked)
    if as_json:
        print_json(dataclasses.asdict(result))
    elif not result.differences:
        wheels, debian = len(result.packages.wheels), len(result.packages.debian)
        click.echo(f"the same {len(result.layers)} layers twice, {result.digest}")
        click.echo(f"the same {wheels} wheels and {debian} Debian packages, each by hash")
    if result.differences:
        what = "\n  ".join(["two builds differ:", *result.differences])
        raise TailboxError(Problem(what, "make those steps give the same bytes"))
