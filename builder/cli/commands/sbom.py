"""`tailbox sbom`: the declared contents of an image."""

from __future__ import annotations

import click

from builder.cli.options import TARGET
from builder.pipeline.build import build_target, declare_contents


@click.command("sbom")
@TARGET
def command(name: str) -> None:
    """Build TARGET if needed and declare its contents (CycloneDX) in build/TARGET/sbom.cdx.json."""
    click.echo(str(declare_contents(build_target(name))))
