"""`tailbox facts`: a framework's release, read from its wheels."""

from __future__ import annotations

import json

import click

from builder.core import console, paths
from builder.facts import release_reader, user_releases
from builder.pipeline.workspace import Workspace


@click.command("facts", epilog="Examples: tailbox facts torch==2.9.0 | tailbox facts torch==2.9.0 --save")
@click.argument("release", metavar="NAME==VERSION")
@click.option("--wheel", metavar="NAME==VERSION", help="The wheel with the kernels, where it is another one.")
@click.option("--save", is_flag=True, help="Keep it for every later plan of yours.")
def command(release: str, wheel: str | None, save: bool) -> None:
    """Read a framework's release from its wheels.

    Print it as a line of facts, so that a target can be planned with it.
    """
    wheel_facts = release_reader.read(release, wheel or release)
    facts = Workspace.open().facts
    entry = user_releases.entry(wheel_facts, facts)
    click.echo(json.dumps(entry))
    if save:
        user_releases.save(wheel_facts.name, entry, paths.user_releases(), facts.compat)
        console.note(f"saved in {paths.user_releases()}")
