"""The command under a finding means to the command line what the proof was started with."""

from __future__ import annotations

import io
import shlex

import pytest
from rich.console import Console

from builder.cli.commands.prove import command as prove_cli
from builder.prove.report.html import to_html
from builder.prove.report.model import Finding, Report, Status
from builder.prove.report.rerun import prove_command
from builder.prove.report.terminal import show

HEADSCALE = {"auth_key": "env:TS_KEY", "login_server": "https://headscale.example", "network": "office net"}


@pytest.mark.parametrize(
    ("target", "locked", "options"),
    [
        ("base", False, {}),
        ("./my images/mine.yaml", False, {}),
        ("./it's;mine.yaml", True, {"builder": "tcp://host:1234", "cache": "registry:5000/a"}),
        ("base", False, {"auth_key": "file:my key"}),
        ("base", True, HEADSCALE),
    ],
    ids=["target", "file", "quotes and builder", "Tailscale", "headscale"],
)
def test_the_command_line_reads_the_same_options(target: str, locked: bool, options: dict[str, str]) -> None:
    command = prove_command(target, locked=locked, **options)
    failed = Finding("ssh.sshd", Status.FAILED, "open")
    line = Report("mine", "tailbox/mine:1", (failed,), command=command).rerun(failed)
    program, subcommand, *arguments = shlex.split(line)
    assert (program, subcommand) == ("tailbox", "prove")
    read = prove_cli.make_context("prove", arguments).params
    names = {"builder", "cache", "auth_key", "login_server", "network"}
    assert (read["name"], read["locked"], read["only"]) == (target, locked, ("ssh.sshd",))
    assert {name: read[name] for name in names} == {name: options.get(name) for name in names}


def test_an_option_that_was_not_given_is_left_out() -> None:
    assert prove_command("base", builder=None, network=None) == ("tailbox", "prove", "base")


FINDINGS = (
    Finding("ssh.sshd", Status.FAILED, "open", "close it"),
    Finding("target.cuda", Status.NOT_RUN, "no GPU"),
    Finding("image.lint", Status.PASSED, "clean"),
)
REPORT = Report(
    "mine", "tailbox/mine:1", FINDINGS, command=prove_command("./my images/mine.yaml", locked=True)
)
AGAIN = "tailbox prove './my images/mine.yaml' --locked --only"


def test_the_page_gives_the_command_for_what_did_not_pass() -> None:
    page = to_html(REPORT).replace("&#39;", "'")
    assert f"{AGAIN} ssh.sshd" in page
    assert f"{AGAIN} target.cuda" in page
    assert "--only image.lint" not in page


def test_a_narrow_terminal_does_not_break_the_command() -> None:
    text = io.StringIO()
    show(REPORT, Console(file=text, width=40, no_color=True))
    assert f"again: {AGAIN} ssh.sshd\n" in text.getvalue()
    assert "--only image.lint" not in text.getvalue()


def test_a_node_that_does_not_boot_is_proven_again_as_a_whole() -> None:
    failed = Finding("node.boot", Status.FAILED, "the node did not become ready")
    assert Report("base", "tailbox/base:1", (failed,), command=prove_command("base")).rerun(failed) == (
        "tailbox prove base"
    )
