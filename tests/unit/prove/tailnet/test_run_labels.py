"""What a killed run left behind is told from what a living one uses."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from builder.core.process import start_time
from builder.prove.tailnet import run_labels
from builder.prove.tailnet.run_labels import HOST, PID, STARTED, Run


def test_a_run_of_this_process_is_alive() -> None:
    assert not run_labels._is_dead(Run.new().labels)


def test_runs_differ() -> None:
    assert Run.new().id != Run.new().id


def test_a_process_that_ended_leaves_a_dead_run() -> None:
    code = (
        "from builder.prove.tailnet.run_labels import Run; import json; print(json.dumps(Run.new().labels))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    labels: dict[str, str] = json.loads(done.stdout)
    assert labels[PID] != str(os.getpid())
    assert run_labels._is_dead(labels)


@pytest.mark.parametrize(
    ("change", "dead"),
    [({STARTED: "1"}, True), ({HOST: "another-host", STARTED: "1"}, False), ({PID: "", STARTED: "1"}, False)],
    ids=["process id used again", "run of another host", "no process known"],
)
def test_only_what_is_surely_dead_is_dead(change: dict[str, str], dead: bool) -> None:
    assert run_labels._is_dead({**Run.new().labels, **change}) is dead


def test_start_time_stays_the_same() -> None:
    assert start_time(os.getpid()) == start_time(os.getpid())
    assert start_time(os.getpid()) is not None
