"""Write the target file of `tailbox new NAME`, which shows every key and what it does."""

from __future__ import annotations

import json
import os
from pathlib import Path

from builder.core import files, paths
from builder.core.errors import InvalidInputError, Problem
from builder.targets.inheritance import is_path, unknown_target
from builder.targets.target import catalogue, require_name

_TEXT = """\
# Your target: `tailbox build {file}`. Paths of files are relative to this one.
# `tailbox plan {file}` shows what you get and why; `tailbox lock {file}` pins its wheels.
description: What {name} is for, in a line
extends: {parent}            # a target of `tailbox list`, or another file: ./other.yaml

# from: registry.example/team/image:tag   # your image of Debian, Ubuntu or a derivative
# python: "3.13"             # 3.10 to 3.14; on an image of yours what its python3 is
# framework: torch           # {frameworks}; a version too: torch==2.10.0
# cuda: "12"                 # 12 or 13; by default the newest that fits
# gpus: [sm_86, sm_120]      # what it must run on; `tailbox plan` names them

# packages:
#   apt: [ffmpeg]
#   pip: [pandas, "polars>=1"]
#   exclude: [opencv-python]           # never installed, though other packages ask for it
#   from_source: [flash-attn, ./mine]  # what has no wheel, or is yours: built in a container
# requirements: requirements.txt
# project: pyproject.toml    # with a uv.lock in its folder: exactly what that locks
# extras: [gpu]              # of the project
# groups: [dev]
# indexes: [https://host.example/simple]   # asked before PyPI; credentials in ~/.netrc

# files:
#   /etc/mine.conf: mine.conf          # path in the image: file or folder
#   /workspace/start: notebooks        # under /workspace and /home/dev it belongs to dev
# run:                       # bash, as root; what changed runs again
#   after_system:
#     - echo 'Debian packages are there'
#   after_packages:
#     - /opt/venv/bin/python -c 'import sys; print(sys.version)'
#   at_the_end:
#     - echo 'everything is there'
# env:
#   MY_SETTING: "value"

# jupyter:
#   enabled: true
#   extensions: [jupyterlab-git]       # for JupyterLab itself, not for your kernels
# vscode:
#   extensions: [ms-python.python, mine.vsix]   # by name: VS Code offers to install it; a file: unpacked
#   server:                  # Microsoft's, which you download; its licence forbids passing it on
#     archive: vscode-server-linux-x64.tar.gz
#     accept_license: true
# ssh: both                  # tailscale, sshd, both, off

# checks: [./checks/mine.py] # scripts that the image must pass, in /opt/venv; exit code 77 means "not run"
# disk_gb: 8                 # disk space that a build needs
"""


def write_target_file(name: str, parent: str, frameworks: list[str], folder: Path) -> Path:
    """Write NAME.yaml. Raises InvalidInputError for a bad name or an existing file."""
    path = folder / f"{name.removesuffix('.yaml')}.yaml"
    require_name(path, catalogue())
    file = path if Path(name).is_absolute() else f"./{path.relative_to(folder)}"
    extends = _extends(parent, path, folder)
    text = _TEXT.format(file=file, name=path.stem, parent=extends, frameworks=", ".join(frameworks))
    try:
        with path.open("x", encoding="utf-8") as new:
            new.write(text)
    except FileExistsError:
        raise InvalidInputError(Problem(f"{path} exists already", "take another name")) from None
    except OSError as error:
        what = f"{path} cannot be written: {error.strerror}"
        raise InvalidInputError(Problem(what, "name an existing folder that you can write to")) from None
    return path


def _extends(parent: str, path: Path, folder: Path) -> str:
    """Return the value of `extends` in `path`: a target's name, or the relative path of its file."""
    if is_path(parent):
        files.read(folder / parent)
        relative = os.path.relpath(files.real(folder / parent), files.real(path.parent))
        return json.dumps(f"./{relative}", ensure_ascii=False)
    if parent not in catalogue():
        raise InvalidInputError(unknown_target("unknown target", parent, paths.data("images"), None))
    return parent
