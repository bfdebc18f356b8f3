"""The check of installed wheels against installations that are broken in one way each."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from builder.core import paths
from tests.unit.wheels.test_slim import install

CHECK = paths.data("images") / "checks" / "wheels.py"


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A wheel whose module is compiled as a build with SOURCE_DATE_EPOCH compiles it."""
    site = tmp_path / "site-packages"
    install(site, "thing", {"thing/__init__.py": b"x = 1\n", "thing/data.bin": b"12345"})
    command = [sys.executable, "-m", "compileall", "-q", str(site)]
    subprocess.run(command, check=True, env={**os.environ, "SOURCE_DATE_EPOCH": "1"})
    return site


def run(site: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-S", "-", "{}"]
    env = {"PYTHONPATH": str(site), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(command, input=CHECK.read_text(), env=env, capture_output=True, text=True)


def test_a_true_installation_passes(site: Path) -> None:
    done = run(site)
    assert done.returncode == 0, done.stderr
    assert "3 files of 1 wheels are as listed, 1 .pyc files go by hash" in done.stdout


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "thing/data.bin is missing"),
        (b"1234", "thing/data.bin has 4 bytes, RECORD says 5"),
        (b"12346", "thing/data.bin has another content than RECORD says"),
    ],
)
def test_each_lie_of_a_record_is_named(site: Path, content: bytes | None, message: str) -> None:
    (site / "thing" / "data.bin").unlink()
    if content is not None:
        (site / "thing" / "data.bin").write_bytes(content)
    done = run(site)
    assert done.returncode == 1
    assert message in done.stderr


def test_byte_code_that_goes_by_time_stamps_is_caught(site: Path) -> None:
    command = [sys.executable, "-m", "compileall", "-qf", "--invalidation-mode", "timestamp", str(site)]
    subprocess.run(command, check=True)
    done = run(site)
    assert done.returncode == 1
    assert "1 .pyc files go by time stamps" in done.stderr


def test_nothing_installed_is_no_pass(tmp_path: Path) -> None:
    done = run(tmp_path / "site-packages")
    assert done.returncode == 1
    assert "no installed wheel was found" in done.stderr
