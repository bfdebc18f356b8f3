"""apt-get beside other commands and other programs: it waits for locks instead of failing."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock

import pytest

from builder.core import console
from builder.engine import install

pytestmark = pytest.mark.unit

HOLD = """
import fcntl, sys
file = open(sys.argv[1], "r+b")
fcntl.lockf(file, fcntl.LOCK_EX)
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """What apt-get is asked for; one that runs beside another fails, as apt does."""
    commands: list[list[str]] = []
    dpkg = Lock()

    def run(command: list[str], *_: object, **__: object) -> str:
        assert dpkg.acquire(blocking=False), "Could not get lock /var/lib/dpkg/lock-frontend"
        try:
            subprocess.run([sys.executable, "-c", ""], check=True)
            commands.append(command)
        finally:
            dpkg.release()
        return ""

    monkeypatch.setattr(install, "run", run)
    monkeypatch.setattr(install, "_APT_LOCK", tmp_path / "apt.lock")
    monkeypatch.setattr(install, "_LISTS_LOCK", tmp_path / "lists")
    return commands


def test_two_commands_on_a_bare_machine_install_one_after_the_other(calls: list[list[str]]) -> None:
    with ThreadPoolExecutor() as pool:
        list(pool.map(install.apt_install, [["docker.io"], ["mmdebstrap"], ["runc"], ["git"]]))
    assert [command[3] for command in calls] == ["update", "install"] * 4


def test_apt_waits_for_the_lock_of_dpkg(calls: list[list[str]]) -> None:
    install.apt_install(["mmdebstrap"])
    assert [command[:3] for command in calls] == [["apt-get", "-o", "DPkg::Lock::Timeout=300"]] * 2
    assert calls[1][-2:] == ["--no-install-recommends", "mmdebstrap"]


def test_another_programs_update_of_the_lists_is_waited_for(
    calls: list[list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "lists").touch()
    notes: list[str] = []
    command = [sys.executable, "-c", HOLD, str(tmp_path / "lists")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdin is not None
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"

        def note(text: str) -> None:
            assert not calls
            notes.append(text)
            assert other.stdin is not None
            other.stdin.close()

        monkeypatch.setattr(console, "note", note)
        install.apt_install(["mmdebstrap"])
    assert notes == ["another program is updating apt's lists: waiting for it"]
    assert len(calls) == 2
