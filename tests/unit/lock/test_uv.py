"""What the tool gets for itself: wheels that are all there or not at all, programs that run on this host."""

from __future__ import annotations

import platform
from pathlib import Path

import pytest

from builder.build import go_programs
from builder.core.errors import TailboxError
from builder.lock import uv as lock_uv
from builder.lock.uv import install_locked
from builder.pipeline.workspace import Workspace


@pytest.mark.parametrize(("ends", "left"), [("exit 0", ["program"]), ("exit 1", [])])
def test_an_install_that_fails_leaves_nothing(
    ends: str, left: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    uv = tmp_path / "uv"
    uv.write_text(f'#!/bin/sh\nwhile [ "$1" != --target ]; do shift; done\ntouch "$2/program"\n{ends}\n')
    uv.chmod(0o755)
    monkeypatch.setattr(lock_uv, "uv_program", lambda: str(uv))
    folder = tmp_path / "cache" / "go"
    try:
        install_locked(tmp_path / "go.txt", folder, "Go could not be fetched")
    except TailboxError:
        assert not folder.exists()
    assert [file.name for file in folder.glob("*")] == left


def test_every_wheel_of_a_tool_is_checked_by_its_hash(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    uv = tmp_path / "uv"
    uv.write_text(f'#!/bin/sh\necho "$@" >{tmp_path}/arguments\n')
    uv.chmod(0o755)
    monkeypatch.setattr(lock_uv, "uv_program", lambda: str(uv))
    install_locked(tmp_path / "go.txt", tmp_path / "cache" / "go", "Go could not be fetched")
    arguments = (tmp_path / "arguments").read_text().split()
    assert "--require-hashes" in arguments
    assert arguments[-2:] == ["-r", str(tmp_path / "go.txt")]


GO = """#!/bin/sh
[ "$1" = env ] && { echo /modules; exit; }
mkdir -p "$GOPATH/bin"
for name in oras session; do echo "${GOOS:-host}/${GOARCH:-host}" >"$GOPATH/bin/$name"; done
"""


def test_tools_are_for_this_host_and_programs_of_an_image_for_linux(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    go = tmp_path / "go"
    go.write_text(GO)
    go.chmod(0o755)
    monkeypatch.setattr(go_programs, "toolchain", lambda _: str(go))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("GOOS", "plan9")
    versions = Workspace.open().facts.versions
    oras = go_programs.oras(versions)
    assert oras.read_text() == "host/host\n"
    assert (go_programs.session(versions) / "session").read_text() == "linux/amd64\n"
    monkeypatch.setattr(platform, "machine", lambda: "another")
    assert go_programs.oras(versions) != oras
