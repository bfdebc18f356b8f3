"""`tailbox list`: the targets that can be built."""

from __future__ import annotations

import click

from builder.cli.options import AS_JSON, print_json
from builder.targets.target import catalogue, load_target


@click.command("list", epilog="Examples: tailbox list | tailbox list --json")
@AS_JSON
def command(as_json: bool) -> None:
    """List the targets that can be built."""
    targets = [load_target(name) for name in catalogue()]
    if as_json:
        print_json([{"name": target.name, "description": target.description} for target in targets])
        return
    width = max(len(target.name) for target in targets)
    for target in targets:
        click.echo(f"{target.name:<{width}}  {target.description}")
