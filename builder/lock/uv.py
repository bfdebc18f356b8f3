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
from builder.lock.no_wheel import NoWheelError, names_without_wheel


class ConflictError(TailboxError):
    """No set of wheels meets all requirements. `text` are uv's words."""

    def __init__(self, text: str) -> None:
        super().__init__(Problem(f"no set of wheels fits\n{text}", "change the requirements"))
        self.text = text


def uv_program() -> str:
    """Return the uv that came with this tool, never another one on PATH."""
    return str(Path(sys.executable).parent / "uv")


# Nothing is built, so any Python serves: for one of the image's version uv would search, and download it.
_COMPILE = (
    *(uv_program(), "pip", "compile", "-", "--quiet", "--generate-hashes", "--no-header", "--no-annotate"),
    *("--python-platform", "x86_64-manylinux_2_28", "--python", sys.executable, "--no-build"),
)


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
    constraints: Iterable[str] = (),
    indexes: Iterable[str] = (),
    options: tuple[str, ...] = (),
) -> str:
    """Resolve requirements for the image's Python on Linux x86_64, with every hash, sorted by name.

    Versions in the lock file `current` stay if they fit, except those of packages in `upgrade` (None: all).
    `constraints` bind what requirements need in turn; `indexes` are asked before PyPI;
    `options` are further ones of uv.
    Nothing is built, as that would run foreign code on this host.
    Raises NoWheelError, or ConflictError with uv's reason.
    """
    wanted = tuple(requirements)
    freed = ["--upgrade"] if upgrade is None else [f"--upgrade-package={name}" for name in upgrade]
    with tempdirs.folder(tempdirs.temporary()) as place:
        output = place / "lock.txt"
        (place / "constraints.txt").write_text("".join(f"{text}\n" for text in constraints))
        sources = [f"--index={address}" for address in indexes]
        sources += ["--constraints", str(place / "constraints.txt")]

        def compiled(without: Iterable[str]) -> subprocess.CompletedProcess[str]:
            excludes = place / "excludes"
            excludes.write_text("\n".join([(locks / "excludes").read_text(), *without]))
            command = [*_COMPILE, "--python-version", python, "--excludes", str(excludes), *freed]
            command += [*sources, *options, "--output-file", str(output)]
            return subprocess.run(command, input="\n".join(wanted), capture_output=True, text=True)

        if current and current.is_file():
            shutil.copyfile(current, output)
        done = compiled(())
        if not done.returncode:
            return output.read_text()
        if names := names_without_wheel(compiled, done):
            raise NoWheelError(names, wanted, python)
    raise ConflictError(done.stderr.strip())
