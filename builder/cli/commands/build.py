"""`tailbox build`: images of one or more targets."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import click

from builder.build.builders import open_builder
from builder.cli.options import AS_JSON, BUILDER, CACHE, LOCKED, TARGETS, print_json
from builder.pipeline.add_missing import add_missing
from builder.pipeline.build import build_targets, describe
from builder.targets.target import catalogue


@click.command(
    "build",
    epilog="Examples: tailbox build base | tailbox build ./mine.yaml --fix | tailbox build --all --locked",
)
@TARGETS
@click.option("--all", "everything", is_flag=True, help="Every target of the catalogue, in one run.")
@BUILDER
@CACHE
@LOCKED
@click.option("--fix", is_flag=True, help="Add missing Debian libraries to TARGET's file; build again.")
@AS_JSON
def command(
    names: Sequence[str],
    everything: bool,
    builder: str | None,
    cache: str | None,
    locked: bool,
    fix: bool,
    as_json: bool,
) -> None:
    """Render and build each TARGET.

    Steps that several targets share run once.
    """
    if bool(names) == everything:
        raise click.UsageError("name targets, or say --all")
    if fix and everything:
        raise click.UsageError("--fix changes files of your own: name them")
    with open_builder(builder, cache) as opened:
        built = build_targets(names or catalogue(), opened, require_locked=locked)
        if fix and add_missing(names, built):
            built = build_targets(names, opened, require_locked=locked)
    if as_json:
        print_json([dataclasses.asdict(one.image) for one in built])
    else:
        click.echo("\n\n".join(describe(one.image) for one in built))
