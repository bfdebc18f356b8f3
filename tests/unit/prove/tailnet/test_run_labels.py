"""What a killed run left behind is told from what a living one uses."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from types import SimpleNamespace
from typing import Any, cast

import pytest

from builder.core.process import start_time
from builder.engine.containers import LABEL as QUERY
from builder.engine.owners import HOST, PID, STARTED, is_dead, owner_labels
from builder.prove.tailnet import run_labels
from builder.prove.tailnet.run_labels import Run


def test_a_run_of_this_process_is_alive() -> None:
    assert not is_dead(Run.new().labels)


def test_runs_differ() -> None:
    assert Run.new().id != Run.new().id


def test_a_process_that_ended_leaves_a_dead_run() -> None:
    code = (
        "from builder.prove.tailnet.run_labels import Run; import json; print(json.dumps(Run.new().labels))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    labels: dict[str, str] = json.loads(done.stdout)
    assert labels[PID] != str(os.getpid())
    assert is_dead(labels)


@pytest.mark.parametrize(
    ("change", "dead"),
    [({STARTED: "1"}, True), ({HOST: "another-host", STARTED: "1"}, False), ({PID: "", STARTED: "1"}, False)],
    ids=["process id used again", "run of another host", "no process known"],
)
def test_only_what_is_surely_dead_is_dead(change: dict[str, str], dead: bool) -> None:
    assert is_dead({**Run.new().labels, **change}) is dead


def test_start_time_stays_the_same() -> None:
    assert start_time(os.getpid()) == start_time(os.getpid())
    assert start_time(os.getpid()) is not None


def test_a_sweep_takes_what_a_killed_command_asked_in_images_and_no_other() -> None:
    removed: list[str] = []

    def container(name: str, started: str) -> SimpleNamespace:
        labels = {**owner_labels(), STARTED: started}
        return SimpleNamespace(labels=labels, remove=lambda **_: removed.append(name))

    asked = [container("killed", "1"), container("living", owner_labels()[STARTED])]

    def listed(filters: dict[str, str], **_: object) -> list[SimpleNamespace]:
        return asked if filters["label"] == QUERY else []

    nothing = SimpleNamespace(list=lambda **_: [])
    client = SimpleNamespace(containers=SimpleNamespace(list=listed), networks=nothing, images=nothing)
    assert run_labels.sweep(cast(Any, client)) == []
    assert removed == ["killed"]
