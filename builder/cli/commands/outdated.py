"""`tailbox outdated`: what is locked or pinned that has a newer version."""

from __future__ import annotations

import dataclasses

import click
from rich.table import Table

from builder.cli.options import AS_JSON, print_json, stdout
from builder.pipeline.outdated import outdated_packages, outdated_tools
from builder.pipeline.workspace import Workspace


@click.command("outdated", epilog="Examples: tailbox outdated cuda-pytorch | tailbox outdated")
@click.argument("name", metavar="[TARGET]", required=False)
@AS_JSON
def command(name: str | None, as_json: bool) -> None:
    """List the locked packages that have a newer version.

    Without TARGET, list the pinned tools that have one.
    """
    workspace = Workspace.open()
    rows = outdated_packages(name, workspace) if name else outdated_tools(workspace.facts.versions)
    if as_json:
        print_json([dataclasses.asdict(row) for row in rows])
        return
    table = Table("package", "locked", "newest that fits", box=None)
    for row in rows:
        table.add_row(row.package, row.locked or "(new)", row.newest or "(gone)")
    stdout(table if rows else f"{name or 'tools'}: every package is the newest that fits")
