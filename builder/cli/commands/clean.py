"""`tailbox clean`: remove what tailbox left."""

from __future__ import annotations

import click

from builder.pipeline.clean import clean_up


@click.command("clean", epilog="Examples: tailbox clean")
def command() -> None:
    """Remove what tailbox left in the engine and in build/.

    Images that a container was made of stay.
    """
    clean_up()
