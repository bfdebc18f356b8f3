"""Locked wheels: every Python package of a target by version and hash, compiled by uv."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from builder import debian_lock
from builder.core import tempdirs
from builder.core.errors import InvalidInput, Problem, TailboxError
from builder.facts import Versions
from builder.newer import Newer, versions_compared
from builder.target import Target
from builder.tools import uv

BASE = "base-image.txt"


@dataclass(frozen=True)
class Pin:
    """One package of a lock: canonical name, version, and its lines with every hash."""

    name: str
    version: Version
    text: str


@dataclass(frozen=True)
class Lock:
    """The two environments of an image: the user's (/opt/venv) and JupyterLab's (/opt/jupyter).

    `debian` is the version of each Debian package, `base` the base image by its digest, both empty where
    they were never locked.
    """

    venv: tuple[Pin, ...]
    jupyter: tuple[Pin, ...]
    debian: Mapping[str, str] = field(default_factory=dict)
    base: str = ""


@dataclass(frozen=True)
class LockFiles:
    """Where the two environments of a target, and the base image of all, are locked."""

    venv: Path
    jupyter: Path
    base: Path

    @property
    def debian(self) -> Path:
        """Where its Debian packages are locked."""
        return self.venv.with_suffix(".debian.txt")


def places(target: Target, versions: Versions, locks: Path) -> LockFiles:
    """A target's lock files: of the catalogue in `locks`, a user's own beside the target file.

    All targets share JupyterLab's lock, but those with another Python or with extensions of their own.
    """
    stem = target.own.with_suffix("") if target.own else locks / target.name
    ending = ".lock.txt" if target.own else ".txt"
    alone = target.python != versions.python or target.jupyter.extensions
    shared = locks / "jupyter.txt"
    return LockFiles(
        venv=stem.with_name(stem.name + ending),
        jupyter=stem.with_name(f"{stem.name}.jupyter{ending}") if alone else shared,
        base=locks / BASE,
    )


def read(files: LockFiles) -> Lock:
    """The lock of a target; empty parts where nothing is locked yet."""
    return Lock(
        venv=parse_file(files.venv),
        jupyter=parse_file(files.jupyter),
        debian=debian_lock.read(files.debian),
        base=files.base.read_text().strip() if files.base.is_file() else "",
    )


def parse_file(path: Path) -> tuple[Pin, ...]:
    """The pins of a lock file, none where there is no file yet. Raises InvalidInput."""
    try:
        return parse(path.read_text()) if path.is_file() else ()
    except ValueError as error:
        raise InvalidInput(Problem(f"{path} is no lock: {error}", "remove it, then tailbox lock")) from None


def parse(text: str) -> tuple[Pin, ...]:
    """Pins of a requirements file as `uv pip compile --generate-hashes` writes it."""
    blocks = re.split(r"(?m)^(?=[A-Za-z0-9])", text)
    return tuple(_pin(block) for block in blocks if re.match(r"[A-Za-z0-9]", block))


def _pin(block: str) -> Pin:
    """Raises ValueError for a block that pins no version."""
    found = re.match(r"([A-Za-z0-9._-]+)==(\S+)", block)
    if not found:
        raise ValueError(f"{block.splitlines()[0]!r} pins no version")
    return Pin(canonicalize_name(found[1]), Version(found[2]), block.rstrip() + "\n")


def compare(old: Iterable[Pin], new: Iterable[Pin]) -> tuple[Newer, ...]:
    """The difference of two locks, by package."""
    before, after = ({pin.name: str(pin.version) for pin in pins} for pins in (old, new))
    return versions_compared(before, after)


def missing(requirements: Iterable[str], pins: tuple[Pin, ...]) -> list[str]:
    """The requirements that the pins do not satisfy."""
    versions = {pin.name: pin.version for pin in pins}
    return [text for text in requirements if not _satisfied(Requirement(text), versions)]


def _satisfied(requirement: Requirement, versions: dict[str, Version]) -> bool:
    version = versions.get(canonicalize_name(requirement.name))
    return version is not None and requirement.specifier.contains(version, prereleases=True)


def compile_requirements(
    requirements: Iterable[str], python: str, locks: Path, kept: Path | None, upgrade: tuple[str, ...] | None
) -> str:
    """Resolve requirements for the image's Python on Linux x86_64, with every hash, sorted by name.

    Versions that the file `kept` holds (None: there is none) stay where they fit, but for the packages in
    `upgrade` (None: all).
    Raises TailboxError with uv's reason.
    """
    command = [uv(), "pip", "compile", "-", "--quiet", "--generate-hashes", "--no-header", "--no-annotate"]
    command += ["--python-version", python, "--python-platform", "x86_64-manylinux_2_28"]
    command += ["--excludes", str(locks / "excludes")]
    command += ["--upgrade"] if upgrade is None else [f"--upgrade-package={name}" for name in upgrade]
    with tempdirs.folder(tempdirs.temporary()) as place:
        output = place / "lock.txt"
        if kept and kept.is_file():
            shutil.copyfile(kept, output)
        command += ["--output-file", str(output)]
        done = subprocess.run(command, input="\n".join(requirements), capture_output=True, text=True)
        if done.returncode:
            raise TailboxError(
                Problem(f"no set of wheels fits\n{done.stderr.strip()}", "change the requirements")
            )
        return output.read_text()
