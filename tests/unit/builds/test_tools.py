"""Wheels that the tool installs for itself are all there, or none of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from builder import tools
from builder.errors import TailboxError

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(("ends", "left"), [("exit 0", ["program"]), ("exit 1", [])])
def test_an_install_that_fails_leaves_nothing(
    ends: str, left: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    uv = tmp_path / "uv"
    uv.write_text(f'#!/bin/sh\nwhile [ "$1" != --target ]; do shift; done\ntouch "$2/program"\n{ends}\n')
    uv.chmod(0o755)
    monkeypatch.setattr(tools, "uv", lambda: str(uv))
    folder = tmp_path / "cache" / "go"
    try:
        tools.install_locked(tmp_path / "go.txt", folder, "Go could not be fetched")
    except TailboxError:
        assert not folder.exists()
    assert [file.name for file in folder.glob("*")] == left
