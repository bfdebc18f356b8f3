"""`tailbox ci`: a CI configuration for the catalogue."""

from __future__ import annotations

import click

from builder.pipeline.workspace import Workspace
from builder.render.ci import SYSTEMS, config
from builder.targets.target import catalogue, load_target


@click.command("ci", epilog="Examples: tailbox ci github | tailbox ci gitlab")
@click.argument("system", type=click.Choice(SYSTEMS))
def command(system: str) -> None:
    """Print a CI configuration that builds, proves and pushes every target."""
    workspace = Workspace.open()
    targets = [load_target(name) for name in catalogue()]
    debian = workspace.facts.versions.debian
    click.echo(config(system, targets, debian, workspace.templates), nl=False)
