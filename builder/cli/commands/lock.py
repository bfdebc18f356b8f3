"""`tailbox lock`: pin what targets and tools are made of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import click

from builder.cli.options import TARGETS
from builder.lock.changes import Relocked
from builder.pipeline.relock import relock_targets
from builder.pipeline.relock_debian import relock_debian
from builder.pipeline.relock_tools import relock_tools
from builder.pipeline.workspace import Workspace
from builder.targets.target import catalogue


@click.command(
    "lock",
    epilog="Examples: tailbox lock ./mine.yaml | "
    "tailbox lock cuda-pytorch --upgrade torch | tailbox lock base --debian",
)
@TARGETS
@click.option("--upgrade", "packages", multiple=True, metavar="PACKAGE", help="Take its newest that fits.")
@click.option("--upgrade-all", is_flag=True, help="Take the newest of everything that fits.")
@click.option("--debian", is_flag=True, help="Build, and pin the base and what Debian's mirror gave.")
def command(names: Sequence[str], packages: tuple[str, ...], upgrade_all: bool, debian: bool) -> None:
    """Pin the wheels of TARGET by version and hash.

    A pin that still fits stays. Without TARGET, pin those of the whole catalogue, the base's digest and the
    tools: uv, Go, and tailscale with its modules.
    """
    upgrade = None if upgrade_all else packages
    for relocked in map(relock_debian, names or catalogue()) if debian else _wheels(names, upgrade):
        click.echo(str(relocked.path))
        for line in relocked.lines():
            click.echo(f"  {line}")


def _wheels(names: Sequence[str], upgrade: tuple[str, ...] | None) -> Iterator[Relocked]:
    workspace = Workspace.open()
    yield from relock_targets(names or catalogue(), workspace, upgrade)
    if not names:
        yield from relock_tools(workspace.facts.versions)
