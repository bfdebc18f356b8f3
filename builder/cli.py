"""The command `tailbox`. Each subcommand is a few lines over one function of the builder."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from builder import __version__, catalog, cli_graph, cli_image, cli_lock, cli_plan, cli_prove, outside
from builder.cli_output import AS_JSON, print_json
from builder.core import console, paths
from builder.core.errors import Exit, TailboxError, did_you_mean
from builder.render import ci as ci_configs
from builder.targets.scaffold import write_target_file
from builder.targets.target import catalogue, load_target


class _Group(click.Group):
    """A group that answers a misspelt command with the nearest one."""

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        if args and self.get_command(ctx, args[0]) is None:
            known = self.list_commands(ctx)
            ctx.fail(f"no command {args[0]!r}{did_you_mean(args[0], known)} Known: {', '.join(known)}.")
        return super().resolve_command(ctx, args)


@click.group(
    cls=_Group,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Examples: tailbox list | tailbox plan cuda-pytorch | tailbox prove base",
)
@click.version_option(__version__, message="%(prog)s %(version)s")
def cli() -> None:
    """Images for remote GPU development, proven over a real private tailnet.

    TARGET is a name that `tailbox list` prints, or a file of yours: ./mine.yaml.
    """


@cli.command("list")
@AS_JSON
def list_(as_json: bool) -> None:
    """The targets that can be built, each in a line."""
    targets = [load_target(name) for name in catalogue()]
    if as_json:
        print_json([{"name": t.name, "description": t.description} for t in targets])
        return
    width = max(len(t.name) for t in targets)
    for t in targets:
        click.echo(f"{t.name:<{width}}  {t.description}")


_COMMANDS = (cli_plan.plan, cli_lock.lock, cli_lock.outdated, cli_lock.diff, cli_lock.facts, cli_graph.graph_)
for _command in (*_COMMANDS, *cli_image.COMMANDS, cli_prove.prove):
    cli.add_command(_command)


@cli.command()
@click.argument("names", nargs=-1, metavar="[TARGET]...")
def render(names: Sequence[str]) -> None:
    """Write the files that build TARGET (default: all) into build/TARGET/."""
    for name in names or catalogue():
        folder = catalog.rendered(catalog.plan(name))
        click.echo(str(folder))


@cli.command()
@click.argument("system", type=click.Choice(ci_configs.SYSTEMS))
def ci(system: str) -> None:
    """Print a CI configuration that builds, proves and pushes every target."""
    targets = [load_target(name) for name in catalogue()]
    debian = catalog.known_facts().versions.debian
    click.echo(ci_configs.config(system, targets, debian, paths.data("templates")), nl=False)


@cli.command()
@click.argument("name", metavar="NAME")
@click.option("--extends", "parent", default="base", metavar="TARGET", help="What it builds on.")
def new(name: str, parent: str) -> None:
    """Write NAME.yaml, a commented target file of your own."""
    frameworks = sorted(catalog.known_facts().compat.frameworks)
    click.echo(str(write_target_file(name, parent, frameworks, Path.cwd())))


@cli.command()
def clean() -> None:
    """Remove what tailbox left in the engine, and what it rendered in build/."""
    from builder import clean as cleaning

    cleaning.clean()


@contextmanager
def reporting() -> Iterator[None]:
    """Turn an error into what people read on stderr, and into the exit code that says which kind it was."""
    try:
        yield
    except TailboxError as error:
        for problem in error.problems:
            console.problem(problem)
        sys.exit(error.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(Exit.INVALID)
    except (KeyboardInterrupt, click.Abort):
        console.step("interrupted; what was finished is kept, nothing of ours is left running")
        sys.exit(Exit.INTERRUPTED)
    except Exception as error:
        found = outside.problem(error)
        if found is None:
            raise
        console.problem(found)
        sys.exit(Exit.FAILED)


def main() -> None:
    """Run the command."""
    with reporting():
        cli.main(prog_name="tailbox", standalone_mode=False)
