"""What a killed run leaves is removed by the next one; what a living one has stays."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from builder import scratch

pytestmark = pytest.mark.unit


def killed_in(place: Path) -> Path:
    """The folder of a process that was killed while it had it."""
    code = (
        "import os, signal, sys; from pathlib import Path; from builder import scratch\n"
        "with scratch.folder(Path(sys.argv[1])) as made:\n"
        "    (made / 'layer').touch(); print(made, flush=True); os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(place)], capture_output=True, text=True)
    return Path(done.stdout.strip())


def test_only_folders_whose_owner_is_gone_are_removed(tmp_path: Path) -> None:
    gone = killed_in(tmp_path)
    assert (gone / "layer").exists()
    other = tmp_path / "tailscaled"
    other.mkdir()
    with scratch.folder(tmp_path) as mine:
        scratch.sweep(tmp_path)
        assert not gone.exists()
        assert mine.exists()
    assert not mine.exists()
    assert other.exists()


def test_a_folder_goes_when_its_work_fails(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), scratch.folder(tmp_path):
        _ = 1 / 0
    assert not list(tmp_path.iterdir())
