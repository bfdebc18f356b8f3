"""`tailbox new`: a target file to start from, or one for a project."""

from __future__ import annotations

from pathlib import Path

import click

from builder.cli.options import AS_JSON, print_json
from builder.core import console
from builder.core.errors import InvalidInputError, Problem
from builder.pipeline.new_target import NewTarget, for_project
from builder.pipeline.workspace import Workspace
from builder.targets.scaffold import write_target_file


@click.command(
    "new",
    epilog="Examples: tailbox new mine --extends cuda-pytorch | tailbox new --project ../chat",
)
@click.argument("name", metavar="[NAME]", required=False)
@click.option("--extends", "parent", default="base", metavar="TARGET", help="What it builds on.")
@click.option("--project", metavar="DIR|GIT-URL", help="Choose all of it by what a project's files say.")
@AS_JSON
def command(name: str | None, parent: str, project: str | None, as_json: bool) -> None:
    """Write NAME.yaml, a commented target file of your own.

    With --project, the file is for that project: each value with its reason, and what has no place in it.
    """
    workspace = Workspace.open()
    if project:
        _show(for_project(project, name, Path.cwd(), workspace), as_json)
        return
    if name is None:
        raise InvalidInputError(
            Problem("a name is missing", "tailbox new NAME, or tailbox new --project DIR")
        )
    frameworks = sorted(workspace.facts.compat.frameworks)
    path = write_target_file(name, parent, frameworks, Path.cwd())
    if as_json:
        print_json({"file": str(path)})
    else:
        click.echo(str(path))


def _show(new: NewTarget, as_json: bool) -> None:
    """The path on stdout; choices and what is left on stderr."""
    if as_json:
        print_json(new.as_data())
        return
    for entry in new.entries:
        console.note(f"{entry.key}: {entry.value}" + (f" ({entry.why})" if entry.why else ""))
    for note in new.left:
        console.note(f"left: {note}")
    for problem in new.problems:
        console.problem(problem)
    click.echo(str(new.path))
