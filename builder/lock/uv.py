"""Install and compile locks with uv."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from builder.core import tempdirs
from builder.core.errors import Problem, TailboxError
from builder.core.process import run


def uv_program() -> str:
    """Return the uv that came with this tool, never another one on PATH."""
    return str(Path(sys.executable).parent / "uv")


def install_locked(lock: Path, folder: Path, failure: str, *options: str) -> None:
    """Install the wheels of a lock into a folder, each checked by hash. Raises TailboxError."""
    with tempdirs.filled(folder) as place:
        command = [uv_program(), "pip", "install", "--quiet", "--target", str(place), "--require-hashes"]
        remedy = "check the network and the index of pip, then repeat"
        run([*command, *options, "-r", str(lock)], failure, remedy)


def compile_requirements(
    requirements: Iterable[str],
    python: str,
    locks: Path,
    current: Path | None,
    upgrade: tuple[str, ...] | None,
) -> str:
    """Resolve requirements for the image's Python on Linux x86_64, with every hash, sorted by name.

    Versions in the lock file `current` stay if they fit, except those of packages in `upgrade` (None: all).
    Raises TailboxError with uv's reason.
    """
    command = [
        uv_program(),
        "pip",
        "compile",
        "-",
        "--quiet",
        "--generate-hashes",
        "--no-header",
        "--no-annotate",
    ]
    command += ["--python-version", python, "--python-platform", "x86_64-manylinux_2_28"]
    command += ["--excludes", str(locks / "excludes")]
    command += ["--upgrade"] if upgrade is None else [f"--upgrade-package={name}" for name in upgrade]
    with tempdirs.folder(tempdirs.temporary()) as place:
        output = place / "lock.txt"
        if current and current.is_file():
            shutil.copyfile(current, output)
        command += ["--output-file", str(output)]
        done = subprocess.run(command, input="\n".join(requirements), capture_output=True, text=True)
        if done.returncode:
            raise TailboxError(
                Problem(f"no set of wheels fits\n{done.stderr.strip()}", "change the requirements")
            )
        return output.read_text()
