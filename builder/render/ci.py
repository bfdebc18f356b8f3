"""CI configurations for the catalogue: a job for each target, with the layers of the last run. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from builder.targets.target import Target

SYSTEMS = ("github", "gitlab")


def config(system: str, targets: Iterable[Target], debian: str, templates: Path) -> str:
    """Return a workflow (`github`) or pipeline (`gitlab`) that builds, proves and pushes the targets."""
    # Square brackets: both systems have braces of their own.
    environment = Environment(
        loader=FileSystemLoader(templates / "ci"),
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        trim_blocks=True,
        autoescape=False,
        block_start_string="[%",
        block_end_string="%]",
        variable_start_string="[[",
        variable_end_string="]]",
    )
    return environment.get_template(f"{system}.yml").render(targets=list(targets), debian=debian)
