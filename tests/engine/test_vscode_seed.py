"""What a target seeds for VS Code lies where its server looks for it and is dev's: it says so itself."""

from __future__ import annotations

import json
import subprocess
import tarfile
import zipfile
from pathlib import Path

import pytest

from builder.build import contexts as build_sources
from builder.engine.client import Engine
from builder.pipeline.build import build_target
from builder.pipeline.relock import relock_targets
from builder.pipeline.workspace import Workspace
from builder.prove import MemberSources
from tests.kit import vscode_server

# Of the server as it is packed: what it needs to answer, without its extensions and what a window needs.
_PACKED = ("node", "out", "package.json", "product.json", "node_modules")
_LEFT_OUT = (
    "node_modules/@github",
    "node_modules/@microsoft/mxc-sdk",
    "node_modules/@vscode/ripgrep-universal",
    "node_modules/@vscode/tree-sitter-wasm",
    "out/vs/code/browser",
)
_TARGET = """\
description: x
vscode:
  extensions: [mine.vsix, ms-python.python]
  server: {archive: server.tar.gz, accept_license: true}
"""
# What VS Code runs when it comes: the server of its own commit, with the extensions of its own folder.
_ASK = """
cd ~/.vscode-server/cli/servers/Stable-*/server
./node out/server-main.js --version
./node out/server-main.js --server-data-dir ~/.vscode-server --list-extensions --show-versions
find ~/.vscode-server ! -user dev
"""


def _packed(server: Path, folder: Path) -> str:
    """The server as a release packs it; its commit."""
    with tarfile.open(folder / "server.tar.gz", "w:gz", compresslevel=1) as archive:
        for name in _PACKED:
            archive.add(
                server / name,
                f"vscode-server-linux-x64/{name}",
                filter=lambda member: None if any(each in member.name for each in _LEFT_OUT) else member,
            )
    with zipfile.ZipFile(folder / "mine.vsix", "w") as vsix:
        about = {"publisher": "Mine", "name": "tool", "version": "1.2.3", "engines": {"vscode": "*"}}
        vsix.writestr("extension/package.json", json.dumps(about))
    return str(json.loads((server / "product.json").read_text())["commit"])


def test_the_seeded_server_runs_from_its_place_and_has_the_seeded_extension(
    engine: Engine, sources: MemberSources, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    uv = build_sources.gather(Workspace.open().facts.versions, engine).uv
    commit = _packed(vscode_server.build(sources, uv, engine.environ), tmp_path)
    (tmp_path / "seeded.yaml").write_text(_TARGET)
    list(relock_targets(["./seeded.yaml"], Workspace.open()))
    built = build_target("./seeded.yaml")
    try:
        command = ["docker", "run", "--rm", "--network=none", "--user=dev", "--env=HOME=/home/dev"]
        command += ["--entrypoint=/bin/bash", built.image.id, "-ec", _ASK]
        done = subprocess.run(command, env=engine.environ, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        assert done.stdout.splitlines()[1:] == [commit, "x64", "mine.tool@1.2.3"]
    finally:
        engine.client.images.remove(built.image.tag, force=True)
