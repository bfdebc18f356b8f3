"""bin/backoff, run as s6 runs it: how long a dying service waits, and that a restart ends the wait."""

import os
import select
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from node import s6
from node.paths import Paths

NOW = 1_000_000
COMMANDS = ("mkdir", "mv", "date", "sleep", "rm")
# A command at which the test wants a stop says its name before it runs, and waits for a line. The sleep
# ends at once, except where the test wants it `asleep`.
STUB = """#!/bin/sh
if [ "$STOP_AT" = {name} ]; then
    echo {name} >"$STUBS/reached"
    read -r _ <"$STUBS/go"
fi
{action}
"""
SLEEP = """echo "$1" >>"$STUBS/pauses"
[ "$STOP_AT" != asleep ] || { echo asleep >"$STUBS/reached"; exec /bin/sleep 1000; }"""
ACTIONS = {"date": 'cat "$STUBS/now"', "sleep": SLEEP}


class Backoff:
    """The script in a service's directory, with stubs for the commands that it calls."""

    def __init__(self, script: Path, root: Path) -> None:
        self.script, self.stubs = script, root / "stubs"
        self.paths = Paths(run=str(root))
        self.directory = Path(self.paths.services, "sshd")
        self.directory.mkdir(parents=True)
        self.stubs.mkdir()
        self.open_files: list[int] = []
        for name in COMMANDS:
            action = ACTIONS.get(name, f'exec /bin/{name} "$@"')
            (self.stubs / name).write_text(STUB.format(name=name, action=action))
            (self.stubs / name).chmod(0o755)
        for fifo in ("reached", "go"):
            os.mkfifo(self.stubs / fifo)
        self.clock(NOW)

    def clock(self, now: int) -> None:
        (self.stubs / "now").write_text(f"{now}\n")

    def deaths(self, count: int, start: int = NOW) -> None:
        """The service has died so often in a row, and was started at `start` the last time."""
        (self.directory / "data").mkdir(exist_ok=True)
        (self.directory / "data" / "deaths").write_text(f"{count} {start}\n")

    def start(self, stop_at: str = "") -> "subprocess.Popen[str]":
        path = f"{self.stubs}:/usr/bin:/bin"
        environ = {"PATH": path, "STUBS": str(self.stubs), "STOP_AT": stop_at}
        return subprocess.Popen(
            [self.script], cwd=self.directory, env=environ, stdout=subprocess.PIPE, text=True
        )

    def run(self) -> list[str]:
        """One death; the pauses of all deaths so far."""
        assert self.start().wait(timeout=10) == 0
        return self.pauses()

    def count(self) -> str:
        """The deaths in a row; empty where they are forgotten."""
        file = self.directory / "data" / "deaths"
        return file.read_text().split()[0] if file.exists() else ""

    def pauses(self) -> list[str]:
        file = self.stubs / "pauses"
        return file.read_text().split() if file.exists() else []

    def reach(self, command: str) -> None:
        """Wait until the script has come to the command, which stands still."""
        descriptor = os.open(self.stubs / "reached", os.O_RDWR)
        try:
            assert select.select([descriptor], [], [], 10)[0], f"the script never comes to {command}"
            assert os.read(descriptor, 100).decode().strip() == command
        finally:
            os.close(descriptor)

    def go(self) -> None:
        """Let a command that stands still run."""
        descriptor = os.open(self.stubs / "go", os.O_RDWR)
        os.write(descriptor, b"\n")
        self.open_files.append(descriptor)  # a FIFO forgets its content when nobody has it open


@pytest.fixture
def backoff(node_files: Path, tmp_path: Path) -> Iterator[Backoff]:
    backoff = Backoff(node_files / "bin" / "backoff", tmp_path)
    yield backoff
    backoff.go()
    for descriptor in backoff.open_files:
        os.close(descriptor)


def test_pauses_grow_from_the_fourth_death_to_half_a_minute(backoff: Backoff) -> None:
    expected = ["1", "2", "4", "8", "16", "30", "30"]
    for death in range(1, 11):
        assert backoff.run() == expected[: max(death - 3, 0)], f"death {death}"
        assert backoff.count() == str(death)


@pytest.mark.parametrize(("life", "pauses"), [(0, ["30"]), (59, ["30"]), (60, []), (3600, [])])
def test_a_minute_of_life_starts_from_scratch(backoff: Backoff, life: int, pauses: list[str]) -> None:
    backoff.deaths(9)
    backoff.clock(NOW + life)
    assert backoff.run() == pauses


def test_the_pause_is_no_life(backoff: Backoff) -> None:
    backoff.deaths(9)
    backoff.run()
    backoff.clock(NOW + 30 + 59)
    assert backoff.run() == ["30", "30"]
    backoff.clock(NOW + 30 + 59 + 30 + 60)
    assert backoff.run() == ["30", "30"]


def test_nodectl_counts_like_the_script(backoff: Backoff, monkeypatch: pytest.MonkeyPatch) -> None:
    backoff.deaths(9)
    backoff.run()
    for now, deaths in ((NOW, 10), (NOW + 30 + 59, 10), (NOW + 30 + 60, 0)):
        monkeypatch.setattr(time, "time", lambda now=now: float(now))
        assert s6.deaths("sshd", backoff.paths) == deaths


def test_the_log_says_how_long_the_service_waits(backoff: Backoff) -> None:
    backoff.deaths(9)
    assert backoff.start().communicate(timeout=10)[0] == "ended 10 times in a row, starts again in 30 s\n"


@pytest.mark.parametrize("place", ["mkdir", "mv", "date", "sleep", "asleep"])
def test_a_restart_ends_the_wait_wherever_the_script_is(backoff: Backoff, place: str) -> None:
    backoff.deaths(9)
    script = backoff.start(stop_at=place)
    backoff.reach(place)
    s6.forget_deaths(str(backoff.directory))
    if place not in ("sleep", "asleep"):  # these were ended
        backoff.go()
    assert script.wait(timeout=10) == 0
    assert backoff.pauses() == (["30"] if place == "asleep" else [])
    assert backoff.count() == ("1" if place in ("mkdir", "mv") else "")
    assert not (backoff.directory / "data" / "backoff").exists()


def test_no_reader_sees_an_empty_pid(backoff: Backoff) -> None:
    script = backoff.start(stop_at="mv")
    backoff.reach("mv")
    assert not (backoff.directory / "data" / "backoff").exists()
    backoff.go()
    assert script.wait(timeout=10) == 0
    assert not (backoff.directory / "data" / "backoff").exists()
