"""Each command: its module, its line in `tailbox --help`, its examples, what it passes on, its exit code."""

from __future__ import annotations

import re
from importlib import import_module
from types import SimpleNamespace
from typing import Any

import click
import pytest
from click.testing import CliRunner

from builder.build.bake import Image
from builder.cli import errors, main
from builder.cli.commands import prove, push, reproduce
from builder.core import paths
from builder.core.errors import NoEngineError, Problem
from builder.core.reference import Reference
from builder.image.oci_packages import Packages
from builder.pipeline.reproduce import Reproduced
from builder.prove.report.model import Finding, Report, Status
from builder.registry.push import Pushed

IMAGE = Image("tailbox/base:1", "sha256:1", 100, 40, 1.0, False)


def _command(name: str) -> click.Command:
    command: click.Command = import_module(f"builder.cli.commands.{name}").command
    return command


def test_every_command_has_its_module_and_every_module_its_line() -> None:
    folder = paths.PROJECT / "builder" / "cli" / "commands"
    modules = {file.stem for file in folder.glob("*.py")} - {"__init__"}
    assert modules == set(main.COMMANDS)


@pytest.mark.parametrize("name", main.COMMANDS)
def test_the_line_in_the_overview_is_the_first_sentence_of_the_commands_help(name: str) -> None:
    command = _command(name)
    assert command.name == name
    first = re.match(r"(?s).*?[.](?=\s|$)", " ".join((command.help or "").split()))
    assert first is not None
    assert first[0] == main.COMMANDS[name]


@pytest.mark.parametrize("name", main.COMMANDS)
def test_help_shows_examples_that_the_command_takes(name: str) -> None:
    shown = CliRunner().invoke(main.cli, [name, "--help"], terminal_width=1000)
    assert shown.exit_code == 0
    examples = re.findall(rf"tailbox ({name}\b[^|\n]*)", shown.output.partition("Examples:")[2])
    assert examples, "no examples"
    for example in examples:
        _command(name).make_context(name, example.split()[1:])


@pytest.mark.parametrize(("arguments", "require_locked"), [([], False), (["--locked"], True)])
def test_locked_reaches_push_prove_and_reproduce(
    arguments: list[str], require_locked: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[bool] = []

    def publish(*_: object, require_locked: bool) -> Pushed:
        asked.append(require_locked)
        return Pushed(Reference("base", "1", "r.example"), "sha256:1", "r.example/base@sha256:1", 1, 1)

    def prove_target(*_: object, require_locked: bool, **__: object) -> tuple[Any, Report]:
        asked.append(require_locked)
        return SimpleNamespace(image=IMAGE), _report(Status.PASSED)

    def reproduce_target(*_: object, require_locked: bool) -> Reproduced:
        asked.append(require_locked)
        return _reproduced()

    monkeypatch.setattr(push, "publish_target", publish)
    monkeypatch.setattr(prove, "prove_target", prove_target)
    monkeypatch.setattr(reproduce, "reproduce_target", reproduce_target)
    for command in (["push", "base", "r.example"], ["prove", "base"], ["reproduce", "base"]):
        assert CliRunner().invoke(main.cli, [*command, *arguments]).exit_code == 0
    assert asked == [require_locked] * 3


def _report(*statuses: Status) -> Report:
    findings = tuple(Finding(f"check.{number}", status, "") for number, status in enumerate(statuses))
    return Report("base", "tailbox/base:1", findings, ms=1)


def _reproduced(*differences: str) -> Reproduced:
    return Reproduced("sha256:1", ("sha256:2",), Packages({}, {}), differences, (1.0, 1.0))


@pytest.mark.parametrize(
    ("statuses", "options", "code"),
    [
        ([Status.PASSED], [], 0),
        ([Status.PASSED, Status.FAILED], [], 1),
        ([Status.PASSED, Status.NOT_RUN], [], 0),
        ([Status.PASSED, Status.NOT_RUN], ["--strict"], 1),
        ([Status.PASSED], ["--strict"], 0),
    ],
)
def test_a_proof_that_fails_is_the_commands_failure(
    statuses: list[Status], options: list[str], code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = SimpleNamespace(image=IMAGE), _report(*statuses)
    monkeypatch.setattr(prove, "prove_target", lambda *_, **__: result)
    assert CliRunner().invoke(main.cli, ["prove", "base", *options]).exit_code == code


def test_builds_that_differ_are_the_commands_failure(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(reproduce, "reproduce_target", lambda *_, **__: _reproduced("layer 1: etc/x"))
    with pytest.raises(SystemExit) as ended, errors.reporting():
        main.cli.main(["reproduce", "base"], standalone_mode=False)
    assert ended.value.code == 1
    assert "layer 1: etc/x" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (NoEngineError(Problem("none")), 3),
        (KeyboardInterrupt(), 130),
        (click.Abort(), 130),
        (click.UsageError("wrong"), 2),
    ],
)
def test_each_kind_of_end_has_its_exit_code(error: BaseException, code: int) -> None:
    with pytest.raises(SystemExit) as ended, errors.reporting():
        raise error
    assert ended.value.code == code


def test_a_machine_that_is_not_served_is_a_failure(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended, errors.reporting():
        main.cli.main(["plan", "cuda-pytorch", "--driver", "470"], standalone_mode=False)
    assert ended.value.code == 1
    assert "do: " in capsys.readouterr().err
