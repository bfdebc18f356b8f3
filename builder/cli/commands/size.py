"""`tailbox size`: what takes the room in an image."""

from __future__ import annotations

from pathlib import Path

import click

from builder.cli.options import AS_JSON, TARGET, print_json, stdout
from builder.image import file_sizes, size_budget, treemap
from builder.image.slim_report import report
from builder.pipeline.build import build_target


@click.command(
    "size",
    epilog="Examples: tailbox size base | tailbox size base --html base.html | tailbox size base --accept",
)
@TARGET
@AS_JSON
@click.option("--accept", "accepted", is_flag=True, help="Take what the image is now as its size budget.")
@click.option("--html", type=click.Path(path_type=Path), help="Draw a treemap into this file.")
def command(name: str, as_json: bool, accepted: bool, html: Path | None) -> None:
    """Show what TARGET's image is made of, as a tree of sizes."""
    built = build_target(name)
    tree = file_sizes.measure(built.image.tag, built.engine)
    if html:
        html.write_text(treemap.page(built.image.tag, tree))
    if accepted:
        click.echo(f"budget set in {size_budget.accept(name, built.image, tree)}", err=True)
    if as_json:
        print_json(file_sizes.flat(tree))
        return
    stdout(file_sizes.drawn(tree))
    for rule, saved in report(built.image.tag, built.engine).items():
        click.echo(f"slimmed  {saved / 1e6:6.0f} MB  {rule}")
