"""What a killed run leaves is removed by the next one; what a living one has stays."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from builder import daemon

pytestmark = pytest.mark.unit


def test_only_folders_whose_owner_is_gone_are_removed(tmp_path: Path) -> None:
    with subprocess.Popen(["true"]) as process:
        process.wait()
    gone = tmp_path / f"tailbox-beside-{process.pid}-x"
    mine = tmp_path / f"{daemon.prefix()}x"
    other = tmp_path / "tailscaled"
    for folder in (gone, mine, other):
        folder.mkdir()
        (folder / "layer").touch()
    daemon.sweep(tmp_path)
    assert not gone.exists()
    assert mine.exists()
    assert other.exists()
