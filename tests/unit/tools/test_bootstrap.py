"""The command that `tools/bootstrap.sh` makes runs wherever the checkout lies."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from builder.core import paths


@pytest.mark.parametrize("name", ["plain", "a b", "it's", "''' \"$HOME\" `id` \\N %s &"])
def test_the_command_runs_in_a_folder_of_any_name(name: str, tmp_path: Path) -> None:
    root = _checkout(tmp_path / name)
    env = {**os.environ, "PYTHON": sys.executable}
    subprocess.run([root / "tools" / "bootstrap.sh", "runtime"], env=env, check=True)
    link = tmp_path / "link"
    link.symlink_to(root / ".venv" / "bin" / "tailbox")
    (tmp_path / "builder").mkdir()
    for command in (root / ".venv" / "bin" / "tailbox", link):
        done = subprocess.run([command, "a b", "'"], cwd=tmp_path, capture_output=True, text=True)
        assert (done.returncode, done.stdout, done.stderr) == (7, "['a b', \"'\"]\n", "")


def _checkout(root: Path) -> Path:
    """A checkout whose virtual environment is there, and whose command prints its arguments."""
    for folder in ("tools", "builder", ".venv/bin"):
        (root / folder).mkdir(parents=True)
    shutil.copy(paths.PROJECT / "tools" / "bootstrap.sh", root / "tools")
    uv = root / ".venv" / "bin" / "uv"
    uv.write_text("#!/bin/sh\n")
    uv.chmod(0o755)
    (root / ".venv" / "bin" / "python").symlink_to(sys.executable)
    (root / "builder" / "__init__.py").touch()
    (root / "builder" / "cli").mkdir()
    (root / "builder" / "cli" / "__init__.py").touch()
    (root / "builder" / "cli" / "main.py").write_text(
        "import sys\n\n\ndef main():\n    print(sys.argv[1:])\n    return 7\n"
    )
    return root
