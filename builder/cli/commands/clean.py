"""`tailbox clean`: remove what tailbox left behind."""

from __future__ import annotations

import click

from builder.pipeline.clean import clean_up


@click.command("clean", epilog="Example: tailbox clean")
def command() -> None:
    """Remove what tailbox left in the engine and in build/."""
    clean_up()
