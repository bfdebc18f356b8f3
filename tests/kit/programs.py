"""Programs of the host that a test plays by a shell script."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


def fake_program(folder: Path, name: str, script: str) -> Path:
    """Write a program that runs a script."""
    program = folder / name
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    return program


def fake_on_path(folder: Path, name: str, script: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Write a program that is found before the host's own."""
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    return fake_program(folder, name, script)


def fake_docker(folder: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Write a `docker` that runs a script, and keep the cache of the test in its folder."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
    return fake_on_path(folder, "docker", script, monkeypatch)
