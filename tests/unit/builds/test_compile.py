"""Byte code by hash, the same bytes whatever was compiled elsewhere, only where there is none."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from builder import paths
from tests.unit.builds.test_slim import install

pytestmark = pytest.mark.unit

COMPILER = paths.data("templates") / "slim" / "compile.py"


def compiled(site: Path) -> dict[str, bytes]:
    env = {**os.environ, "PYTHONHASHSEED": "0"}
    subprocess.run([sys.executable, "-s", str(COMPILER), str(site)], check=True, env=env)
    return {path.name: path.read_bytes() for path in site.rglob("*.pyc")}


def site(folder: Path) -> Path:
    files = {"a/__init__.py": b"x = {'b', 'c', 'd'} & {'e'}\n", "a/b.py": b"y = 'b' in {'b', 'c', 'd'}\n"}
    install(folder, "a", {**files, "a/template.py": b"{{ no python }}\n}"})
    return folder


def test_byte_code_goes_by_hash_and_what_is_no_python_is_passed_over(tmp_path: Path) -> None:
    found = compiled(site(tmp_path))
    assert sorted(name.partition(".")[0] for name in found) == ["__init__", "b"]
    assert all(content[4] == 3 for content in found.values())


def test_what_is_compiled_already_stays(tmp_path: Path) -> None:
    """A lower layer's byte code, written again, would be stored twice."""
    compiled(site(tmp_path))
    kept = next(tmp_path.rglob("b.*.pyc"))
    kept.write_bytes(b"kept")
    compiled(tmp_path)
    assert kept.read_bytes() == b"kept"
