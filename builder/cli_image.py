"""Commands on a built image: what it holds, how large it is, and how it gets to a registry."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path

import click

from builder.cli_output import AS_JSON, BUILDER, CACHE, NEWER, TARGET, print_json, stdout


@click.command()
@click.argument("names", nargs=-1, metavar="[TARGET]...")
@click.option("--all", "everything", is_flag=True, help="Every target of the catalogue, in one run.")
@BUILDER
@CACHE
@NEWER
@AS_JSON
def build(
    names: Sequence[str],
    everything: bool,
    builder: str | None,
    cache: str | None,
    newer: bool,
    as_json: bool,
) -> None:
    """Render and build each TARGET; steps that several of them share run once."""
    from builder import workflow
    from builder.build.builders import open_builder
    from builder.targets.target import catalogue

    if bool(names) == everything:
        raise click.UsageError("name targets, or say --all")
    with open_builder(builder, cache) as chosen:
        built = workflow.build_all(names or catalogue(), chosen, strictly=not newer)
    if as_json:
        print_json([dataclasses.asdict(one.image) for one in built])
    else:
        click.echo("\n\n".join(workflow.describe(one.image) for one in built))


@click.command()
@TARGET
@click.argument("registry", metavar="REGISTRY")
@BUILDER
@CACHE
@NEWER
@click.option("--attest", is_flag=True, help="Attach SBOM and provenance to the image, as OCI artifacts.")
@click.option("--sign", is_flag=True, help="Sign image, SBOM and provenance with cosign.")
@click.option("--key", metavar="KEY", help="cosign's private key; without one you sign by your identity.")
@AS_JSON
def push(
    name: str,
    registry: str,
    builder: str | None,
    cache: str | None,
    newer: bool,
    attest: bool,
    sign: bool,
    key: str | None,
    as_json: bool,
) -> None:
    """Build TARGET if need be, push it to REGISTRY (host[:port][/namespace]) and verify it by digest.

    With --builder it is pushed from there, and this machine's engine does not get the image.
    """
    from builder import publish
    from builder.build.builders import open_builder
    from builder.publish import Wishes

    if key and not sign:
        raise click.UsageError("--key is what --sign signs with: say --sign too")
    with open_builder(builder, cache) as chosen:
        done = publish.publish(name, registry, chosen, Wishes(attest, sign, key), strictly=not newer)
    if as_json:
        print_json(dataclasses.asdict(done))
        return
    click.echo(f"pushed        {done.reference}")
    click.echo(f"verified      {done.digest}, {done.layers} layers, {done.size / 1e9:.2f} GB compressed")
    click.echo(f"deploy as     {done.deploy}")


@click.command()
@TARGET
@AS_JSON
@click.option("--accept", "accepted", is_flag=True, help="Take what the image is now as its size budget.")
@click.option("--html", type=click.Path(path_type=Path), help="Draw a treemap into this file.")
def size(name: str, as_json: bool, accepted: bool, html: Path | None) -> None:
    """Show what TARGET's image is made of, as a tree of sizes."""
    from builder import workflow
    from builder.image import file_sizes, size_budget, treemap
    from builder.image.slim_report import report

    built = workflow.build(name)
    found = file_sizes.measure(built.image.tag, built.engine)
    if html:
        html.write_text(treemap.page(built.image.tag, found))
    if accepted:
        click.echo(f"budget set in {size_budget.accept(name, built.image, found)}", err=True)
    if as_json:
        print_json(file_sizes.flat(found))
        return
    stdout(file_sizes.drawn(found))
    for rule, saved in report(built.image.tag, built.engine).items():
        click.echo(f"slimmed  {saved / 1e6:6.0f} MB  {rule}")


@click.command()
@click.argument("image", metavar="IMAGE")
@AS_JSON
def inspect(image: str, as_json: bool) -> None:
    """Show what a local IMAGE says about itself: contents, promises, layers, ports."""
    from builder.engine.client import connect
    from builder.image.inspect import inspect, lines

    facts = inspect(image, connect())
    if as_json:
        print_json(facts)
    else:
        click.echo("\n".join(lines(facts)))


@click.command()
@TARGET
def sbom(name: str) -> None:
    """Build TARGET if need be and declare its contents (CycloneDX) in build/TARGET/sbom.cdx.json."""
    from builder import workflow

    click.echo(str(workflow.declare(workflow.build(name))))


@click.command()
@TARGET
@AS_JSON
@click.option("--builder", metavar="NAME", help="A buildx builder, instead of empty daemons of our own.")
def reproduce(name: str, as_json: bool, builder: str | None) -> None:
    """Build TARGET twice with nothing cached; name the first file that differs."""
    from builder import reproduce
    from builder.core.errors import Problem, TailboxError

    done = reproduce.reproduce(name, builder)
    if as_json:
        print_json(dataclasses.asdict(done))
    elif not done.differences:
        wheels, debian = len(done.packages.wheels), len(done.packages.debian)
        click.echo(f"the same {len(done.layers)} layers twice, {done.digest}")
        click.echo(f"the same {wheels} wheels and {debian} Debian packages, each by hash")
    if done.differences:
        what = "\n  ".join(["two builds differ:", *done.differences])
        raise TailboxError(Problem(what, "make those steps give the same bytes"))


COMMANDS = (build, push, size, inspect, sbom, reproduce)
