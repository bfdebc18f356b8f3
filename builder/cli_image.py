"""Commands on a built image: what it holds, how large it is, and how it gets to a registry."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import click

from builder.cli_output import AS_JSON, TARGET, print_json, stdout


@click.command()
@TARGET
@click.argument("registry", metavar="REGISTRY")
@AS_JSON
def push(name: str, registry: str, as_json: bool) -> None:
    """Build TARGET if need be, push it to REGISTRY (host[:port][/namespace]) and verify it by digest."""
    from builder import push as pushing
    from builder import say, workflow

    pushing.destination("tailbox/x:1", registry)
    built = workflow.build(name)
    say.step(f"pushing {built.image.tag} to {registry}")
    done = pushing.push(built.image.tag, registry, built.engine)
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
    from builder import budget, tree, treemap, workflow
    from builder.slim.done import report

    built = workflow.build(name)
    found = tree.measure(built.image.tag, built.engine)
    if html:
        html.write_text(treemap.page(built.image.tag, found))
    if accepted:
        click.echo(f"budget set in {budget.place(built.plan.target)}", err=True)
        budget.accept(built.plan.target, built.image, found)
    if as_json:
        print_json(tree.flat(found))
        return
    stdout(tree.drawn(found))
    for rule, saved in report(built.image.tag, built.engine).items():
        click.echo(f"slimmed  {saved / 1e6:6.0f} MB  {rule}")


@click.command()
@click.argument("image", metavar="IMAGE")
@AS_JSON
def inspect(image: str, as_json: bool) -> None:
    """Show what a local IMAGE says about itself: contents, promises, layers, ports."""
    from builder import engine, inspect

    facts = inspect.inspect(image, engine.connect())
    if as_json:
        print_json(facts)
    else:
        click.echo("\n".join(inspect.lines(facts)))


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
    from builder.errors import Problem, TailboxError

    done = reproduce.reproduce(name, builder)
    if as_json:
        print_json(dataclasses.asdict(done))
    elif not done.differences:
        click.echo(f"the same {len(done.layers)} layers twice, {done.digest}")
    if done.differences:
        what = "\n  ".join(["two builds differ:", *done.differences])
        raise TailboxError(Problem(what, "make those steps give the same bytes"))


COMMANDS = (push, size, inspect, sbom, reproduce)
