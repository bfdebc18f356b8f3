"""The command that proves an image."""

from __future__ import annotations

import dataclasses
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import click
from rich.console import Console

from builder.build.builders import open_builder
from builder.cli.options import AS_JSON, BUILDER, CACHE, LOCKED, TARGET, print_json
from builder.core.errors import Exit, InvalidInputError, Problem
from builder.pipeline.build import describe
from builder.pipeline.prove import prove_target
from builder.prove.report import terminal
from builder.prove.report.model import ProofVerdict
from builder.prove.report.rerun import prove_command
from builder.prove.tailnet.external import TAILSCALE, ExternalTailnet


@click.command(
    "prove",
    epilog="Examples: tailbox prove base | tailbox prove base --only ssh.sshd --keep | "
    "tailbox prove base --login-server https://headscale.example --auth-key file:key",
)
@TARGET
@BUILDER
@CACHE
@LOCKED
@AS_JSON
@click.option("--strict", is_flag=True, help="Fail when a check could not be run.")
@click.option("--keep", is_flag=True, help="Leave the tailnet standing, and say how to enter it.")
@click.option("--only", multiple=True, metavar="CHECK", help="Run this check alone; repeatable.")
@click.option(
    "--auth-key",
    metavar="file:PATH|env:NAME",
    help="Prove on your own tailnet, with this join key: reusable, best ephemeral and pre-approved.",
)
@click.option("--login-server", metavar="URL", help="Its control server; the default is Tailscale's.")
@click.option("--network", metavar="NAME", help="The Docker network from which that is reached.")
def command(
    name: str,
    builder: str | None,
    cache: str | None,
    locked: bool,
    as_json: bool,
    strict: bool,
    keep: bool,
    only: Sequence[str],
    auth_key: str | None,
    login_server: str | None,
    network: str | None,
) -> None:
    """Build TARGET, boot it on a private tailnet and check all it promises."""
    if not auth_key and (login_server or network):
        raise click.UsageError("--login-server and --network need --auth-key")
    external = (
        ExternalTailnet(read_key(auth_key), login_server or TAILSCALE, network or "") if auth_key else None
    )
    rerun = prove_command(
        name,
        locked=locked,
        builder=builder,
        cache=cache,
        auth_key=auth_key,
        login_server=login_server,
        network=network,
    )
    with open_builder(builder, cache) as chosen:
        built, report = prove_target(
            name,
            chosen,
            only=only,
            keep=keep,
            external=external,
            require_locked=locked,
            command=rerun,
        )
    if as_json:
        print_json({"built": dataclasses.asdict(built.image), **dataclasses.asdict(report)})
    else:
        click.echo(describe(built.image))
        terminal.show(report, Console(highlight=False))
    refused = {ProofVerdict.FAILED, ProofVerdict.INCOMPLETE} if strict else {ProofVerdict.FAILED}
    sys.exit(Exit.FAILED if report.verdict in refused else Exit.OK)


def read_key(source: str) -> str:
    """The join key from `file:PATH` or `env:NAME`.

    InvalidInputError, which never repeats a key that was typed.
    """
    kind, _, place = source.partition(":")
    if kind == "file":
        try:
            key = Path(place).expanduser().read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise InvalidInputError(Problem(f"--auth-key: {place} cannot be read: {error}")) from None
    elif kind == "env":
        key = os.environ.get(place, "").strip()
    else:
        raise InvalidInputError(
            Problem(
                "--auth-key takes file:PATH or env:NAME",
                "a key on the command line is in your shell's history and in `ps`: write it to a file",
            )
        )
    if not key:
        raise InvalidInputError(Problem(f"--auth-key: {place} holds no key"))
    return key
