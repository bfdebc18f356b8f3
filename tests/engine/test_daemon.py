"""A BuildKit daemon of our own: where it may lie, what is said when it does not start, what a kill leaves."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from builder.build import buildkit_daemon
from builder.core import process, tempdirs
from builder.core.errors import TailboxError
from builder.pipeline.workspace import Workspace

DEADLINE = 30.0

HOLDER = """
import subprocess, sys
from pathlib import Path
from builder.core import tempdirs
from builder.core.process import die_with_parent
with tempdirs.folder(Path(sys.argv[1])) as mine:
    script = f"mount -t tmpfs mine {mine} && echo $$ {mine} && exec sleep 600"
    subprocess.run(die_with_parent(["sh", "-c", script]))
"""


def test_a_daemon_that_ends_at_once_is_told_with_its_last_words(tmp_path: Path) -> None:
    program = tmp_path / "buildkitd"
    program.write_text("#!/bin/sh\necho flag provided but not defined >&2\nexit 7\n")
    program.chmod(0o755)
    said = r"ended at once, with code 7\n +flag provided but not defined"
    with pytest.raises(TailboxError, match=said), buildkit_daemon.listening(program, tmp_path):
        pytest.fail("it never listened")


def test_a_daemon_may_lie_deeper_than_a_socket_can(tmp_path: Path) -> None:
    deep = tmp_path / "a-folder-with-a-long-name" / ("x" * 100)
    deep.mkdir(parents=True)
    with buildkit_daemon.daemon(Workspace.open().facts.versions, place=deep) as beside:
        assert beside.folder.is_relative_to(deep)
        asked = subprocess.run(["docker", "buildx", "inspect", beside.name], capture_output=True, text=True)
    assert "running" in asked.stdout
    assert "GC Policy" not in asked.stdout, "it throws away what a later step takes"
    assert not list(deep.iterdir())


def test_a_kill_leaves_neither_program_nor_mount(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, tmp_path], stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        pid, left = holder.stdout.readline().split()
        mounted = Path("/proc", pid, "mounts").read_text()
        holder.kill()
    assert left in mounted
    process.until(
        lambda: not Path("/proc", pid).exists(), DEADLINE, "the end of the program that dies with its parent"
    )
    assert left not in Path("/proc/self/mounts").read_text()
    tempdirs.sweep(tmp_path)
    assert not Path(left).exists()


def test_a_mount_in_a_folder_is_not_emptied(tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "file").touch()
    with tempdirs.folder(tmp_path) as mine:
        (mine / "inner").mkdir()
        subprocess.run(["mount", "--bind", precious, mine / "inner"], check=True)
    assert (precious / "file").exists()
    assert not mine.exists()
