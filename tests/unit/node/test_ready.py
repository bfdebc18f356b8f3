"""`nodectl ready --timeout` waits until its deadline, even where s6 or tailscaled end a wait early."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from node import s6
from node.nodectl import main as nodectl
from node.paths import Paths
from node.tailnet import localapi
from node.tailnet.localapi import Tailnet

RUNNING = Tailnet("Running", "box", ("100.64.0.1",), "fra")
# Each call takes the next line of its answers; the last one serves all further calls.
PROGRAM = """#!/bin/sh
line=$(head -n 1 {answers})
[ "$(wc -l <{answers})" -lt 2 ] || sed -i 1d {answers}
{act}
"""
Play = Callable[[str, str, list[str]], None]


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    """A node that has booted and whose supervisors run."""
    paths = Paths(run=str(tmp_path / "run"), tailscale_run=str(tmp_path))
    for name in ("sshd", "tailscaled"):
        Path(paths.services, name, "supervise").mkdir(parents=True)
        Path(paths.services, name, "supervise", "status").touch()
    Path(paths.boot).mkdir()
    Path(paths.boot, "entrypoint").touch()
    return paths


@pytest.fixture
def play(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Play:
    """Imitate a program of s6, which does `act` with each line of its answers."""
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")

    def write(name: str, act: str, answers: list[str]) -> None:
        (tmp_path / f"{name}.answers").write_text("".join(f"{line}\n" for line in answers))
        (tmp_path / name).write_text(PROGRAM.format(answers=tmp_path / f"{name}.answers", act=act))
        (tmp_path / name).chmod(0o755)

    return write


def test_it_waits_again_for_a_supervisor_that_ends(paths: Paths, play: Play) -> None:
    play("s6-svwait", "exit $line", ["1", "111", "0"])
    assert s6.wait_ready(["sshd"], time.monotonic() + 30, paths)


def test_the_deadline_ends_the_wait_for_a_service(paths: Paths, play: Play) -> None:
    play("s6-svwait", "exit $line", ["1"])
    assert not s6.wait_ready(["sshd"], time.monotonic() + 0.1, paths)


def test_ready_waits_on_when_a_wait_ends_early(
    paths: Paths, play: Play, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    play("s6-svwait", "exit $line", ["1", "0"])
    play("s6-svstat", "echo $line", ["false false 0", "true false 7", "true true 7"])
    states = [Tailnet("down"), Tailnet("Starting"), RUNNING._replace(relay=""), RUNNING]
    monkeypatch.setattr(localapi, "tailnet", lambda _paths: states.pop(0) if states[1:] else states[0])
    assert nodectl.main(["ready", "--timeout", "30"], paths) == 0
    assert capsys.readouterr().out == "ready\n"


def test_ready_waits_for_an_entrypoint_that_still_lays_out_services(
    paths: Paths, play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    play("s6-svwait", "exit $line", ["0"])
    play("s6-svstat", "echo $line", ["false false 0", "false false 0", "true false 7", "true true 7"])
    monkeypatch.setattr(localapi, "tailnet", lambda _paths: RUNNING)
    assert nodectl.main(["ready", "--timeout", "30"], paths) == 0


def test_ready_prints_at_the_deadline_what_is_missing(
    paths: Paths, play: Play, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    play("s6-svwait", "exit $line", ["1"])
    play("s6-svstat", "echo $line", ["true false 7"])
    monkeypatch.setattr(localapi, "tailnet", lambda _paths: RUNNING)
    assert nodectl.main(["ready", "--timeout", "0.2"], paths) == 1
    assert "service sshd: not ready yet" in capsys.readouterr().out
