"""`tailbox sbom`: the declared contents of an image."""

from __future__ import annotations

import click

from builder.cli.options import TARGET
from builder.pipeline.build import build_target, declare_contents


@click.command("sbom", epilog="Examples: tailbox sbom base")
@TARGET
def command(name: str) -> None:
    """Declare the contents of TARGET's image (CycloneDX).

    Build TARGET if needed, and write build/TARGET/sbom.cdx.json.
    """
    click.echo(str(declare_contents(build_target(name))))
