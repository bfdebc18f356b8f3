"""`tailbox lock`, `outdated`, `diff`, `facts`: what is pinned, what is newer, and what a change costs."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator, Sequence

import click
from rich.table import Table

from builder import catalog
from builder.cli_output import AS_JSON, TARGET, print_json, stdout
from builder.core import console
from builder.lock.changes import Relocked
from builder.render.layers import short
from builder.targets.target import catalogue

_TARGETS = click.argument("names", nargs=-1, metavar="[TARGET]...")


@click.command()
@_TARGETS
@click.option("--upgrade", "packages", multiple=True, metavar="PACKAGE", help="Take its newest that fits.")
@click.option("--upgrade-all", is_flag=True, help="Take the newest of everything that fits.")
@click.option("--debian", is_flag=True, help="Build, and pin the base and what Debian's mirror gave.")
def lock(names: Sequence[str], packages: tuple[str, ...], upgrade_all: bool, debian: bool) -> None:
    """Pin the wheels of TARGET by version and hash; what is pinned and still fits stays.

    Without TARGET: of all, and the base's digest and the tools (uv, Go, tailscale with its modules).
    """
    for relocked in _debian(names) if debian else _wheels(names, None if upgrade_all else packages):
        click.echo(str(relocked.path))
        for line in relocked.lines():
            click.echo(f"  {line}")


def _debian(names: Sequence[str]) -> Iterator[Relocked]:
    from builder import workflow

    return map(workflow.lock_debian, names or catalogue())


def _wheels(names: Sequence[str], upgrade: tuple[str, ...] | None) -> Iterator[Relocked]:
    from builder import tools_lock

    yield from catalog.relock(names or catalogue(), upgrade)
    if not names:
        yield from tools_lock.relock(catalog.known_facts().versions)


@click.command()
@click.argument("name", metavar="[TARGET]", required=False)
@AS_JSON
def outdated(name: str | None, as_json: bool) -> None:
    """The packages in TARGET's lock that have a newer version which fits; without TARGET the pinned tools."""
    from builder import outdated as newer

    rows = newer.outdated(name) if name else newer.tools(catalog.known_facts().versions)
    if as_json:
        print_json([dataclasses.asdict(row) for row in rows])
        return
    table = Table("package", "locked", "newest that fits", box=None)
    for row in rows:
        table.add_row(row.package, row.locked or "(new)", row.newest or "(gone)")
    stdout(table if rows else f"{name or 'tools'}: every package is the newest that fits")


@click.command()
@TARGET
@click.option("--against", metavar="TAG|REV", help="An image, or a revision of this checkout.")
@AS_JSON
def diff(name: str, against: str | None, as_json: bool) -> None:
    """The layers of TARGET that would be made again, why, and how many MB users pull for them."""
    from builder.diff import diff as compare

    found = compare(name, against)
    if as_json:
        print_json(dataclasses.asdict(found))
        return
    table = Table("layer", "why", "MB before", box=None)
    for layer in found.rebuilt:
        size = "?" if layer.size is None else f"{layer.size / 1e6:.1f}"
        table.add_row(short(layer.title, 80), layer.why, size)
    stdout(table)
    click.echo(
        f"{len(found.rebuilt)} of {found.layers} layers are made again against {found.against}, "
        f"about {found.pull / 1e6:.1f} MB to pull"
    )


@click.command()
@click.argument("release", metavar="NAME==VERSION")
@click.option("--wheel", metavar="NAME==VERSION", help="The wheel with the kernels, where it is another one.")
@click.option("--save", is_flag=True, help="Keep it for every later plan of yours.")
def facts(release: str, wheel: str | None, save: bool) -> None:
    """Read a framework's release from its wheels: a line for compat facts, so that it can be planned with."""
    from builder.core import paths
    from builder.facts import release_reader, user_releases

    found = release_reader.read(release, wheel or release)
    known = catalog.known_facts()
    entry = user_releases.entry(found, known)
    click.echo(json.dumps(entry))
    if save:
        user_releases.save(found.name, entry, paths.own_facts(), known.compat)
        console.note(f"kept in {paths.own_facts()}")
