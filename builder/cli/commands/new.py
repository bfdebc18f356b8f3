"""`tailbox new`: a target file to start from."""

from __future__ import annotations

from pathlib import Path

import click

from builder.pipeline.workspace import Workspace
from builder.targets.scaffold import write_target_file


@click.command("new", epilog="Examples: tailbox new mine | tailbox new mine --extends cuda-pytorch")
@click.argument("name", metavar="NAME")
@click.option("--extends", "parent", default="base", metavar="TARGET", help="What it builds on.")
def command(name: str, parent: str) -> None:
    """Write NAME.yaml, a commented target file of your own."""
    frameworks = sorted(Workspace.open().facts.compat.frameworks)
    click.echo(str(write_target_file(name, parent, frameworks, Path.cwd())))
