"""Commands that run side by side on a bare machine: one installs at a time, and the base is made once."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from builder.build import base_image
from builder.core import cache, console
from builder.engine import install, locks
from builder.pipeline.workspace import Workspace
from tests.kit.programs import fake_on_path
from tests.kit.registry import FakeRegistry


@pytest.fixture
def waiting(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Set as soon as a command says that it waits."""
    event = threading.Event()
    monkeypatch.setattr(console, "note", lambda text: event.set() if text.startswith("waiting") else None)
    return event


def _started(job: Callable[[], object]) -> threading.Thread:
    thread = threading.Thread(target=job)
    thread.start()
    return thread


def test_one_command_at_a_time_runs_apt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, waiting: threading.Event
) -> None:
    calls = tmp_path / "calls"
    fake_on_path(tmp_path, "apt-get", f'echo "$*" >>{calls}', monkeypatch)
    monkeypatch.setattr(install, "_APT_LOCK", tmp_path / "lock", raising=False)
    monkeypatch.setattr(install, "_LISTS_LOCK", tmp_path / "lists")
    with locks.exclusive(tmp_path / "lock", "installing"):
        second = _started(lambda: install.apt_install(["mmdebstrap"]))
        assert waiting.wait(10)
        assert not calls.exists()
    second.join()
    assert calls.read_text().splitlines() == [
        "update -qq",
        "install -y -qq -o DPkg::Lock::Timeout=300 --no-install-recommends mmdebstrap",
    ]


def test_two_commands_make_one_base(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, waiting: threading.Event
) -> None:
    made: list[str] = []

    def make(*_: object) -> str:
        made.append("tailbox/debian:trixie-1")
        waiting.wait(5)
        return made[0]

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(base_image, "from_registry", FakeRegistry())
    monkeypatch.setattr(base_image, "from_packages", make)
    versions = Workspace.open().facts.versions
    engine = cast(Any, SimpleNamespace(image=lambda _: "made"))
    references: list[str] = []
    jobs = [
        _started(lambda: references.append(base_image.find_base(versions, engine).image)) for _ in range(2)
    ]
    for job in jobs:
        job.join()
    assert made == ["tailbox/debian:trixie-1"]
    assert references == ["tailbox/debian:trixie-1"] * 2
    assert cache.load(f"base-{versions.debian}-slim.json") == {"image": "tailbox/debian:trixie-1"}


def test_a_link_in_the_place_of_a_lock_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "lock").symlink_to(tmp_path / "elsewhere")
    refused = pytest.raises(OSError, match="Too many levels of symbolic links")
    with refused, locks.exclusive(tmp_path / "lock", "installing"):
        pass
    assert not (tmp_path / "elsewhere").exists()


_HOLD = """
import fcntl, sys
file = open(sys.argv[1], "r+b")
fcntl.lockf(file, fcntl.LOCK_EX)
print("held", flush=True)
sys.stdin.read()
"""


def test_another_programs_update_of_the_lists_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, waiting: threading.Event
) -> None:
    lists = tmp_path / "lists"
    lists.touch()
    calls: list[list[str]] = []
    monkeypatch.setattr(install, "_APT_LOCK", tmp_path / "lock")
    monkeypatch.setattr(install, "_LISTS_LOCK", lists)
    monkeypatch.setattr(install, "run", lambda command, *_, **__: calls.append(command))
    command = [sys.executable, "-c", _HOLD, str(lists)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        job = _started(lambda: install.apt_install(["mmdebstrap"]))
        assert waiting.wait(10)
        assert not calls
        other.communicate()
    job.join()
    assert [words[1] for words in calls] == ["update", "install"]
