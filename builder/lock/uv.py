"""Install and compile locks with uv."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from builder.core import tempdirs
from builder.core.errors import Problem, TailboxError
from builder.core.process import run
from builder.lock.no_wheel import NoWheelError, names_without_wheel
from builder.lock.pins import require_named_hashes


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
    *("--python-platform", "x86_64-manylinux_2_28", "--python", sys.executable),
)


_NONE: Mapping[str, Sequence[str]] = {}


def _wheels_but(sources: Iterable[str]) -> list[str]:
    """Return uv's options to take wheels alone, but for these packages."""
    return ["--only-binary=:all:", *(f"--no-binary={name}" for name in sources)]


def _metadata(sources: Mapping[str, Sequence[str]]) -> str:
    """Return uv's settings that say what packages need, so that it builds none of them to learn it."""
    tables = (
        f"[[dependency-metadata]]\nname = {json.dumps(name)}\nrequires-dist = {json.dumps(list(needs))}\n"
        for name, needs in sources.items()
    )
    return "".join(tables)


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
    sources: Mapping[str, Sequence[str]] = _NONE,
    *,
    excludes: Iterable[str] = (),
    form: str = "requirements.txt",
) -> str:
    """Resolve requirements for the image's Python on Linux x86_64, with every hash, sorted by name.

    Versions in the lock file `current` stay if they fit, except those of packages in `upgrade` (None: all).
    `constraints` bind what requirements need in turn; `indexes` are asked before PyPI;
    `options` are further ones of uv; `excludes` are left out, whoever asks for them.
    Nothing is built, as that would run foreign code on this host: of packages without a wheel, `sources`
    names those that are taken nevertheless, each with what it needs. `form` is what the lock is written as.
    Raises NoWheelError, or ConflictError with uv's reason.
    """
    wanted, never = tuple(requirements), tuple(excludes)
    every = ["--format", form, *_wheels_but(sources), *options]
    every += ["--upgrade"] if upgrade is None else [f"--upgrade-package={name}" for name in upgrade]
    with tempdirs.folder(tempdirs.temporary()) as place:
        output = place / ("pylock.toml" if form == "pylock.toml" else "lock.txt")
        (place / "constraints.txt").write_text("".join(f"{text}\n" for text in constraints))
        every += [f"--index={address}" for address in indexes]
        every += ["--constraints", str(place / "constraints.txt"), "--output-file", str(output)]
        if sources:
            (place / "uv.toml").write_text(_metadata(sources))

        def compiled(without: Iterable[str]) -> subprocess.CompletedProcess[str]:
            dropped = place / "excludes"
            dropped.write_text("\n".join([(locks / "excludes").read_text(), *never, *without]))
            command = [*_COMPILE, "--python-version", python, "--excludes", str(dropped), *every]
            folder = place if sources else None
            return subprocess.run(
                command, input="\n".join(wanted), capture_output=True, text=True, cwd=folder
            )

        if current and current.is_file():
            shutil.copyfile(current, output)
        done = compiled(())
        if not done.returncode:
            if form == "requirements.txt":
                require_named_hashes(output.read_text())
            return output.read_text()
        if names := names_without_wheel(compiled, done):
            raise NoWheelError(names, wanted, python)
    raise ConflictError(done.stderr.strip())
