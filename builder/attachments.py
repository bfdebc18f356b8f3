"""Files that lie beside a target file: requirements, a project's lock, what is copied in, checks.

They are read when the target is loaded, so that everything after it is pure.
"""

from __future__ import annotations

import re
import subprocess
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from builder.errors import InvalidInput, Problem, Where, did_you_mean
from builder.target_file import requirement
from builder.tools import uv

_LIMIT_MB = 64
_DEV = ("/home/dev/", "/workspace/")


@dataclass(frozen=True)
class OwnFile:
    """A file of the image: where it lies, its content, whether it is executable, and whose it is.

    Of an archive, `unpack` names the folder in it that is unpacked as `path`.
    """

    path: str
    content: bytes
    executable: bool
    owner: str
    unpack: str = ""


@dataclass(frozen=True)
class Check:
    """A script that the finished image must pass, by name."""

    name: str
    script: bytes


def requirements(path: Path, where: Where) -> tuple[str, ...]:
    """The requirements of a requirements.txt; without hashes, our lock has its own. Raises InvalidInput."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise InvalidInput(_absent(path, where)) from None
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(_unreadable(path, error, where)) from None
    return tuple(_requirement_lines(text, path))


def _requirement_lines(text: str, path: Path) -> Iterator[str]:
    problems = []
    joined = re.sub(r"\\\n", lambda _: "\x00", text)
    number = 1
    for line in joined.split("\n"):
        at, number = number, number + 1 + line.count("\x00")
        words = re.sub(r"(^|\s)#.*", "", line.replace("\x00", " ")).strip()
        wanted = re.sub(r"\s--hash[= ]\S+", "", words).strip()
        if not wanted:
            continue
        try:
            if wanted.startswith("-"):
                raise ValueError(f"the option {wanted.split()[0]} cannot be kept in a lock by hash")
            yield requirement(wanted)
        except ValueError as error:
            problems.append(Problem(str(error), "write one released package a line", Where(path, at)))
    if problems:
        raise InvalidInput(*problems)


def project(path: Path, where: Where) -> tuple[str, ...]:
    """What a `pyproject.toml` asks for: exactly what its `uv.lock` holds, else its dependencies."""
    if not path.is_file():
        raise InvalidInput(_absent(path, where))
    if (path.parent / "uv.lock").is_file():
        return _exported(path, where)
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8")).get("project", {})
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InvalidInput(_unreadable(path, error, where)) from None
    dependencies = table.get("dependencies", [])
    return tuple(_requirement_lines("\n".join(map(str, dependencies)), path))


def _exported(path: Path, where: Where) -> tuple[str, ...]:
    command = [uv(), "export", "--quiet", "--frozen", "--offline", "--no-emit-project", "--no-dev"]
    command += ["--no-header", "--no-annotate", "--no-hashes", "--directory", str(path.parent)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise InvalidInput(
            Problem(f"uv cannot read {path.parent / 'uv.lock'}\n{done.stderr.strip()}", "uv lock", where)
        )
    return tuple(_requirement_lines(done.stdout, path.parent / "uv.lock"))


def files(destination: str, source: Path, where: Where) -> tuple[OwnFile, ...]:
    """A file, or all files of a folder, as they lie in the image. Raises InvalidInput."""
    if ".." in destination.split("/"):
        raise InvalidInput(Problem(f"{destination} climbs with ..", "write the path itself", where))
    if not source.exists():
        raise InvalidInput(_absent(source, where))
    found = sorted(path for path in source.rglob("*") if path.is_file()) if source.is_dir() else [source]
    if sum(path.stat().st_size for path in found) > _LIMIT_MB * 1e6:
        raise InvalidInput(
            Problem(
                f"{source} holds more than {_LIMIT_MB} MB",
                "put data on a volume, or make it a wheel or an image that `from` names",
                where,
            )
        )
    return tuple(_own(path, destination, source) for path in found)


def _own(path: Path, destination: str, source: Path) -> OwnFile:
    inside = "" if path == source else f"/{path.relative_to(source).as_posix()}"
    full = destination + inside
    owner = "dev" if full.startswith(_DEV) else "root"
    return OwnFile(full, path.read_bytes(), bool(path.stat().st_mode & 0o100), owner)


def checks(text: str, beside: Path, catalogue: Path, where: Where) -> tuple[Check]:
    """A check by its name in the catalogue, or by the path of a script beside the target file."""
    path = beside / text if text.endswith(".py") else catalogue / f"{text}.py"
    if not path.is_file():
        hint = did_you_mean(path.stem, (known.stem for known in path.parent.glob("*.py")))
        raise InvalidInput(Problem(f"unknown check {text!r}{hint}", f"write {path}", where))
    return (Check(path.stem, path.read_bytes()),)


def _absent(path: Path, where: Where) -> Problem:
    beside = [found.name for found in path.parent.iterdir()] if path.parent.is_dir() else []
    what = f"{path} does not exist{did_you_mean(path.name, beside)}"
    return Problem(what, "paths are relative to this file", where)


def _unreadable(path: Path, error: Exception, where: Where) -> Problem:
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error).splitlines()[0]
    return Problem(f"{path} cannot be read: {reason}", "paths are relative to this file", where)
