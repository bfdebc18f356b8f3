"""`tailbox facts`: a framework's release, read from its wheels."""

from __future__ import annotations

import json

import click

from builder.core import console, paths
from builder.facts import release_reader, user_releases
from builder.pipeline.workspace import Workspace


@click.command("facts")
@click.argument("release", metavar="NAME==VERSION")
@click.option("--wheel", metavar="NAME==VERSION", help="The wheel with the kernels, where it is another one.")
@click.option("--save", is_flag=True, help="Keep it for every later plan of yours.")
def command(release: str, wheel: str | None, save: bool) -> None:
    """Read a framework's release from its wheels: a line for compat facts, so that it can be planned with."""
    wheel_facts = release_reader.read(release, wheel or release)
    facts = Workspace.open().facts
    entry = user_releases.entry(wheel_facts, facts)
    click.echo(json.dumps(entry))
    if save:
        user_releases.save(wheel_facts.name, entry, paths.own_facts(), facts.compat)
        console.note(f"kept in {paths.own_facts()}")
