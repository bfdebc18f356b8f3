"""The private control plane's own tests, with Tailscale's own client on loopback."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from builder.build import go_programs
from builder.pipeline.workspace import Workspace


def test_the_control_planes_own_tests_pass() -> None:
    versions = Workspace.open().facts.versions
    module = Path(go_programs.__file__).parents[1] / "prove" / "control"
    command = [
        go_programs.toolchain(versions),
        "test",
        "-count=1",
        "-tags",
        ",".join(versions.tailscale_tags),
        "./...",
    ]
    env = {**os.environ, "GOTOOLCHAIN": "local", "CGO_ENABLED": "0"}
    done = subprocess.run(command, cwd=module, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "ok  \ttailbox.dev/control" in done.stdout
