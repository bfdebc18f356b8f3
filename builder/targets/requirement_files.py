"""Python requirements in a file of their own: a requirements.txt, or a project with or without its lock."""

from __future__ import annotations

import re
import subprocess
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from builder.core import files
from builder.core.errors import InvalidInputError, Problem, Where
from builder.lock.uv import uv_program
from builder.targets.schema import requirement

Wanted = tuple[tuple[str, Where], ...]

_OPTION = re.compile(r"--[a-z-]+|-[a-zA-Z]?")
_INDEX = "remove it; UV_DEFAULT_INDEX in your environment names an index of your own"
_INSTEAD = {
    "-r": "put its lines here",
    "--requirement": "put its lines here",
    "-c": "write its versions behind the names of the packages",
    "--constraint": "write its versions behind the names of the packages",
    "-e": "write what it needs itself, and copy its folder with `files:`",
    "--editable": "write what it needs itself, and copy its folder with `files:`",
    "-i": _INDEX,
    "--index-url": _INDEX,
    "--extra-index-url": _INDEX,
    "-f": _INDEX,
    "--find-links": _INDEX,
}


def listed(path: Path, where: Where) -> Wanted:
    """The requirements of a requirements.txt; without hashes, our lock has its own.

    Raises InvalidInputError.
    """
    return _checked(_lines(files.read(path, where)), path)


def project(path: Path, where: Where) -> Wanted:
    """What a `pyproject.toml` asks for: exactly what its `uv.lock` holds, else its dependencies."""
    text = files.read(path, where)
    if (path.parent / "uv.lock").is_file():
        return _exported(path, where)
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"at line (\d+)", str(error))
        place = Where(path, int(line[1]) if line else 1)
        raise InvalidInputError(Problem(f"not TOML ({error})", "correct it", place)) from None
    dependencies = _dependencies(data, text, path)
    begin = r"^\s*dependencies\b[\s\S]*?"
    return _checked(
        ((item, _line(text, rf"{begin}[\"']{re.escape(item)}[\"']")) for item in dependencies), path
    )


def _dependencies(data: dict[str, Any], text: str, path: Path) -> list[str]:
    """The dependencies in the table [project]. Raises InvalidInputError where they stand anywhere else."""
    for what, remedy, pattern in _faults(data):
        raise InvalidInputError(Problem(what, remedy, Where(path, _line(text, rf"^\s*{pattern}"))))
    return list(_at(data, "project", "dependencies") or ())


def _faults(data: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Why nothing can be installed: what is wrong, what to do, and how the line begins that says it."""
    dependencies, dynamic = (_at(data, "project", key) for key in ("dependencies", "dynamic"))
    if isinstance(dynamic, list) and "dependencies" in dynamic:
        remedy = "run uv lock, or name the file that holds them: `requirements:`"
        yield "its dependencies are dynamic: only its build knows them", remedy, r"dynamic\b"
    if dependencies is None and _at(data, "tool", "poetry", "dependencies"):
        remedy = "list them in [project], or export them and name that file: `requirements:`"
        yield "its dependencies are where only Poetry reads them", remedy, r"\[tool\.poetry\.dependencies"
    if not isinstance(data.get("project"), dict):
        yield "it has no table [project]", "list what it needs as its dependencies", r"project\b"
    if dependencies is not None and not _is_texts(dependencies):
        remedy = 'write dependencies = ["numpy"]'
        yield "dependencies: a list of texts was expected", remedy, r"dependencies\b"


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _at(data: Any, *keys: str) -> Any:
    """A value in tables in tables, None where there is none."""
    for key in keys:
        data = data.get(key) if isinstance(data, dict) else None
    return data


def _line(text: str, pattern: str) -> int:
    """The line where the first find of a pattern ends, else the first of all."""
    found = re.search(pattern, text, re.MULTILINE)
    return text.count("\n", 0, found.end()) + 1 if found else 1


def _exported(path: Path, where: Where) -> Wanted:
    lock = path.parent / "uv.lock"
    command = [uv_program(), "export", "--quiet", "--frozen", "--offline", "--no-emit-project", "--no-dev"]
    command += ["--no-header", "--no-annotate", "--no-hashes", "--directory", str(path.parent)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise InvalidInputError(Problem(f"uv cannot read {lock}\n{done.stderr.strip()}", "uv lock", where))
    held = files.read(lock, where)
    names = ((text, re.split(r"[^\w.-]", text)[0]) for text, _ in _lines(done.stdout))
    return _checked(((text, _line(held, rf'^name = "{re.escape(name)}"')) for text, name in names), lock)


def _lines(text: str) -> Iterator[tuple[str, int]]:
    """What stands in the lines of a requirements.txt, continued ones joined, without comments and hashes."""
    joined = re.sub(r"\\\n", lambda _: "\x00", text)
    number = 1
    for line in joined.split("\n"):
        at, number = number, number + 1 + line.count("\x00")
        words = re.sub(r"(^|\s)#.*", "", line.replace("\x00", " ")).strip()
        if wanted := re.sub(r"\s--hash[= ]\S+", "", words).strip():
            yield wanted, at


def _checked(written: Iterable[tuple[str, int]], path: Path) -> Wanted:
    """Requirements with their places. Raises InvalidInputError with each that cannot be locked."""
    wanted, problems = [], []
    for text, line in written:
        place = Where(path, line)
        if option := _OPTION.match(text):
            said = f"the option {option[0]} cannot be kept in a lock by hash"
            problems.append(Problem(said, _INSTEAD.get(option[0], "remove it"), place))
            continue
        try:
            wanted.append((requirement(text), place))
        except ValueError as error:
            problems.append(Problem(f"{error}, found {text!r}", "write one released package a line", place))
    if problems:
        raise InvalidInputError(*problems)
    return tuple(wanted)
