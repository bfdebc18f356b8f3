"""`tailbox sbom`: declare the contents of an image."""

from __future__ import annotations

import click

from builder.cli.options import TARGET
from builder.pipeline.build import build_target, declare_contents


@click.command("sbom", epilog="Example: tailbox sbom base")
@TARGET
def command(name: str) -> None:
    """Declare the contents of TARGET's image (CycloneDX) in build/TARGET/sbom.cdx.json.

    TARGET is built first if needed.
    """
    click.echo(str(declare_contents(build_target(name))))
