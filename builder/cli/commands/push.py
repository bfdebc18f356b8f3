"""`tailbox push`: an image in a registry, verified."""

from __future__ import annotations

import dataclasses

import click

from builder.build.builders import open_builder
from builder.cli.options import AS_JSON, BUILDER, CACHE, LOCKED, TARGET, print_json
from builder.pipeline.publish import PublishOptions, publish_target


@click.command(
    "push",
    epilog="Examples: tailbox push base ghcr.io/you | tailbox push base ghcr.io/you --builder far --attest",
)
@TARGET
@click.argument("registry", metavar="REGISTRY")
@BUILDER
@CACHE
@LOCKED
@click.option("--attest", is_flag=True, help="Attach SBOM and provenance to the image, as OCI artifacts.")
@click.option("--sign", is_flag=True, help="Sign image, SBOM and provenance with cosign.")
@click.option("--key", metavar="KEY", help="cosign's private key; without one you sign by your identity.")
@AS_JSON
def command(
    name: str,
    registry: str,
    builder: str | None,
    cache: str | None,
    locked: bool,
    attest: bool,
    sign: bool,
    key: str | None,
    as_json: bool,
) -> None:
    """Build TARGET if needed, push it to REGISTRY and verify it by digest.

    REGISTRY is host[:port][/namespace].

    With --builder the builder pushes, and this machine's engine does not get the image. --attest and --sign
    then pull it, because they list its packages; --locked fetches it into a folder to compare them before the
    push. Without --locked nobody compares them.
    """
    if key and not sign:
        raise click.UsageError("--key is what --sign signs with: say --sign too")
    options = PublishOptions(attest, sign, key)
    with open_builder(builder, cache) as opened:
        pushed = publish_target(name, registry, opened, options, require_locked=locked)
    if as_json:
        print_json({**dataclasses.asdict(pushed), "reference": str(pushed.reference)})
        return
    click.echo(f"pushed        {pushed.reference}")
    click.echo(
        f"verified      {pushed.digest}, {pushed.layers} layers, {pushed.size / 1e9:.2f} GB compressed"
    )
    click.echo(f"deploy as     {pushed.deploy}")
