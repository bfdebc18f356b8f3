"""`tailbox render`: the files that build a target."""

from __future__ import annotations

from collections.abc import Sequence

import click

from builder.cli.options import TARGETS
from builder.pipeline.plan import make_plan, write_rendered
from builder.pipeline.workspace import Workspace
from builder.targets.target import catalogue


@click.command("render", epilog="Examples: tailbox render base | tailbox render")
@TARGETS
def command(names: Sequence[str]) -> None:
    """Write the files that build TARGET into build/TARGET/.

    Without TARGET, do so for every target of the catalogue.
    """
    workspace = Workspace.open()
    for name in names or catalogue():
        click.echo(str(write_rendered(make_plan(name, workspace), workspace)))
