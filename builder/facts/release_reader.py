"""Read the facts of a framework's release from its wheels, for `tailbox facts`.

uv says which Python versions have a wheel and which CUDA its closure brings; the machine code is read from
the fat binaries of the wheel itself. So a user need not wait for a new version of this tool.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass

from packaging.utils import canonicalize_name

from builder.core import tempdirs
from builder.core.errors import Problem, TailboxError
from builder.core.process import run
from builder.facts import fatbin
from builder.facts.fatbin import Code
from builder.facts.release import Release
from builder.lock.pins import Pin, parse_pins
from builder.lock.uv import uv_program

PYTHONS = ("3.8", "3.9", "3.10", "3.11", "3.12", "3.13", "3.14", "3.15")
_PLATFORM = "x86_64-manylinux_2_28"
_RUNTIME = re.compile(r"nvidia-cuda-runtime(?:-cu\d+)?")


@dataclass(frozen=True)
class WheelFacts:
    """What a release's wheels hold: their Pythons, CUDA (empty without one) and code."""

    requirement: str
    python: tuple[str, ...]
    cuda: str
    code: Code

    @property
    def name(self) -> str:
        """Return the framework's name, without extras."""
        return re.split(r"[\[=]", self.requirement)[0]

    def release(self, like: Release | None, date: str) -> dict[str, object]:
        """Return the entry for compat facts; what wheels do not say comes from a release `like` it."""
        version = self.requirement.partition("==")[2]
        extras = re.search(r"\[(.*)\]", self.requirement)
        entry: dict[str, object] = {"version": version, "cuda": self.cuda, "python": list(self.python)}
        entry |= {"archs": list(self.code.archs), "ptx": list(self.code.ptx)}
        entry |= {"extras": extras[1].split(",") if extras else []}
        entry |= {"hold": list(like.hold), "code": like.code} if like else {}
        return entry | {"source": f"wheel of {self.name} {version}, {date}"}


def read(requirement: str, wheel_of: str) -> WheelFacts:
    """Read the facts of `name==version`; `wheel_of` names the wheel with the kernels. Raises TailboxError."""
    if not re.fullmatch(r"[A-Za-z0-9._-]+(\[[A-Za-z0-9,._-]+\])?==[0-9][A-Za-z0-9.]*", requirement):
        raise TailboxError(Problem(f"{requirement!r} is not a release", "write it as torch==2.15.0"))
    pythons = tuple(python for python in PYTHONS if _has_wheel(wheel_of, python))
    if not pythons:
        raise TailboxError(Problem(f"{wheel_of} has no wheel for Linux", "check its name and version"))
    return WheelFacts(
        requirement=requirement,
        python=pythons,
        cuda=cuda_of(parse_pins(_closure(requirement, pythons[-1]))),
        code=_code(wheel_of, pythons[-1]),
    )


def cuda_of(pins: Iterable[Pin]) -> str:
    """Return the CUDA version (major.minor) of the runtime in a closure; empty without one."""
    versions = [pin.version for pin in pins if _RUNTIME.fullmatch(canonicalize_name(pin.name))]
    return f"{versions[0].major}.{versions[0].minor}" if versions else ""


def _has_wheel(requirement: str, python: str) -> bool:
    command = [*_compile(python), "--no-deps"]
    return subprocess.run(command, input=requirement, capture_output=True, text=True).returncode == 0


def _closure(requirement: str, python: str) -> str:
    failure = f"{requirement} cannot be resolved for Python {python}"
    return run(_compile(python), failure, "check the network and the index of pip", stdin=requirement)


def _compile(python: str) -> list[str]:
    command = [uv_program(), "pip", "compile", "-", "--quiet", "--no-header", "--no-annotate", "--no-build"]
    command += ["--python", sys.executable]
    return [*command, "--python-version", python, "--python-platform", _PLATFORM]


def _code(wheel_of: str, python: str) -> Code:
    """Download a wheel, read its code, and delete it."""
    with tempdirs.folder() as folder:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-cache-dir"]
        command += ["--only-binary=:all:", f"--python-version={python}", f"--dest={folder}"]
        command += [f"--platform={platform}" for platform in _platforms()]
        run([*command, wheel_of], f"{wheel_of} could not be downloaded", "check the network, then repeat")
        (wheel,) = folder.glob("*.whl")
        return fatbin.of_wheel(wheel, folder / "unpacked")


def _platforms() -> list[str]:
    """List the platform tags of wheels for glibc up to 2.41, which Debian 13 has."""
    modern = [f"manylinux_2_{minor}_x86_64" for minor in range(41, 16, -1)]
    return [*modern, "manylinux2014_x86_64", "manylinux1_x86_64"]
