"""The command `tailbox`: a group whose subcommands are imported when they are called."""

from __future__ import annotations

import gc
import signal
from importlib import import_module
from typing import Any

import click

from builder import __version__
from builder.cli.errors import reporting
from builder.cli.options import VERBOSE
from builder.core.deferred import defer
from builder.core.errors import did_you_mean

# How many objects to make before garbage is collected. Python's 700 is met often while modules are imported,
# and what they make stays.
_COLLECT_AFTER = 100_000

# Each command lies in the module of its name. `tailbox --help` shows these lines without importing it.
COMMANDS = {
    "list": "List the targets that can be built.",
    "plan": "Show what TARGET would hold and why, or whether it serves a machine.",
    "render": "Write the files that build TARGET into build/TARGET/.",
    "build": "Render and build each TARGET.",
    "prove": "Build TARGET, boot it on a private tailnet and check all it promises.",
    "push": "Build TARGET if needed, push it to REGISTRY and verify it by digest.",
    "new": "Write NAME.yaml, a commented target file of your own.",
    "lock": "Pin the wheels of TARGET by version and hash.",
    "outdated": "List the locked packages that have a newer version.",
    "diff": "Show the layers of TARGET that would be rebuilt, and why.",
    "facts": "Read a framework's release from its wheels.",
    "graph": "Show which layers the targets share.",
    "size": "Show what TARGET's image is made of, as a tree of sizes.",
    "inspect": "Show what a local IMAGE says about itself.",
    "sbom": "Declare the contents of TARGET's image (CycloneDX).",
    "reproduce": "Build TARGET twice with nothing cached and compare the images.",
    "ci": "Print a CI configuration that builds, proves and pushes every target.",
    "clean": "Remove what tailbox left in the engine and in build/.",
}


class _LazyGroup(click.Group):
    """A group that imports a command when it is called, and answers a misspelt one with the nearest."""

    def list_commands(self, _ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, _ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"builder.cli.commands.{cmd_name}").command
        if VERBOSE not in command.params:
            command.params.append(VERBOSE)
        return command

    def format_commands(self, _ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        if args and args[0] not in COMMANDS:
            hint = did_you_mean(args[0], COMMANDS)
            ctx.fail(f"no command {args[0]!r}{hint} Known: {', '.join(COMMANDS)}.")
        return super().resolve_command(ctx, args)


@click.group(
    cls=_LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Examples: tailbox list | tailbox plan cuda-pytorch | tailbox prove base",
)
@click.version_option(__version__, message="%(prog)s %(version)s")
def cli() -> None:
    """Images for remote GPU development, proven over a real private tailnet.

    TARGET is a name that `tailbox list` prints, or a file of yours: ./mine.yaml.
    """


def main() -> None:
    """Run the command."""
    gc.set_threshold(_COLLECT_AFTER)
    for each in (signal.SIGTERM, signal.SIGHUP):  # a closed terminal ends a command as Ctrl-C does
        if signal.getsignal(each) is signal.SIG_DFL:
            signal.signal(each, signal.default_int_handler)
    # docker imports paramiko, a fifth of a second, and needs it for DOCKER_HOST=ssh:// alone.
    defer("paramiko")
    with reporting():
        cli.main(prog_name="tailbox", standalone_mode=False)
