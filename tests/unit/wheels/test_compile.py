"""Byte code by hash, the same bytes whatever was compiled elsewhere, only where there is none."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import venv
from pathlib import Path

from builder.core import paths
from builder.pipeline.plan import make_plan
from builder.render.render import render
from tests.kit.facts import WORKSPACE
from tests.unit.wheels.test_slim import install

COMPILER = paths.data("templates") / "wheels" / "compile.py"


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


def test_what_python_imports_at_its_start_goes_by_hash_too(tmp_path: Path) -> None:
    """A .pth file that imports (setuptools has one) would let Python write byte code by time stamp first."""
    venv.create(tmp_path / "venv", symlinks=True)
    (folder,) = (tmp_path / "venv" / "lib").glob("python3*/site-packages")
    install(folder, "hack", {"hack/__init__.py": b"x = 1\n", "hack.pth": b"import hack\n"})
    dockerfile = render(make_plan("base", WORKSPACE), WORKSPACE.templates)["Dockerfile"].decode()
    flags = re.search(r"/bin/python (-\w+) /run/compile\.py", dockerfile)
    assert flags
    command = [tmp_path / "venv" / "bin" / "python", flags[1], COMPILER, folder]
    subprocess.run(command, check=True, env={"PYTHONHASHSEED": "0"})
    (found,) = folder.rglob("*.pyc")
    assert found.read_bytes()[4] == 3
