"""`tailbox clean`: remove what tailbox left."""

from __future__ import annotations

import click

from builder.pipeline.clean import clean_up


@click.command("clean")
def command() -> None:
    """Remove what tailbox left in the engine, and what it rendered in build/."""
    clean_up()
