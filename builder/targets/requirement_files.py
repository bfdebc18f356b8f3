"""Read Python requirements from a requirements.txt, or from a project with or without its lock."""

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

Requirements = tuple[tuple[str, Where], ...]

_OPTION = re.compile(r"--[a-z-]+|-[a-zA-Z]?")
_INDEX = "remove it; to use another index, set UV_DEFAULT_INDEX in your environment"
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


def listed(path: Path, where: Where) -> Requirements:
    """Read a requirements.txt; drop its hashes, as the lock holds its own. Raises InvalidInputError."""
    return _checked(_lines(files.read(path, where)), path)


def project(path: Path, where: Where) -> Requirements:
    """Read a project: exactly what its `uv.lock` holds, else its dependencies in `pyproject.toml`."""
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
    """Return the dependencies in [project]. Raises InvalidInputError if they stand anywhere else."""
    for what, remedy, pattern in _faults(data):
        raise InvalidInputError(Problem(what, remedy, Where(path, _line(text, rf"^\s*{pattern}"))))
    return list(_at(data, "project", "dependencies") or ())


def _faults(data: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Yield what is wrong with a project, the remedy, and a pattern for the start of the line."""
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
    """Return a value in nested tables, or None."""
    for key in keys:
        data = data.get(key) if isinstance(data, dict) else None
    return data


def _line(text: str, pattern: str) -> int:
    """Return the line where a pattern first matches, at the match's end; line 1 without a match."""
    match = re.search(pattern, text, re.MULTILINE)
    return text.count("\n", 0, match.end()) + 1 if match else 1


def _exported(path: Path, where: Where) -> Requirements:
    lock = path.parent / "uv.lock"
    command = [uv_program(), "export", "--quiet", "--frozen", "--offline", "--no-emit-project", "--no-dev"]
    command += ["--no-header", "--no-annotate", "--no-hashes", "--directory", str(path.parent)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise InvalidInputError(Problem(f"uv cannot read {lock}\n{done.stderr.strip()}", "uv lock", where))
    locked = files.read(lock, where)
    names = ((text, re.split(r"[^\w.-]", text)[0]) for text, _ in _lines(done.stdout))
    return _checked(((text, _line(locked, rf'^name = "{re.escape(name)}"')) for text, name in names), lock)


def _lines(content: str) -> Iterator[tuple[str, int]]:
    """Yield the lines of a requirements.txt, continued ones joined, without comments and hashes."""
    joined = re.sub(r"\\\n", lambda _: "\x00", content)
    number = 1
    for line in joined.split("\n"):
        at, number = number, number + 1 + line.count("\x00")
        words = re.sub(r"(^|\s)#.*", "", line.replace("\x00", " ")).strip()
        if text := re.sub(r"\s--hash[= ]\S+", "", words).strip():
            yield text, at


def _checked(written: Iterable[tuple[str, int]], path: Path) -> Requirements:
    """Return requirements with their places. Raises InvalidInputError with each that cannot be locked."""
    requirements, problems = [], []
    for text, line in written:
        place = Where(path, line)
        if option := _OPTION.match(text):
            what = f"the option {option[0]} has no place in a lock by hash"
            problems.append(Problem(what, _INSTEAD.get(option[0], "remove it"), place))
            continue
        try:
            requirements.append((requirement(text), place))
        except ValueError as error:
            problems.append(Problem(f"{error}, found {text!r}", "write one released package a line", place))
    if problems:
        raise InvalidInputError(*problems)
    return tuple(requirements)
