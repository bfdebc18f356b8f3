"""Target files that nobody would write, and what must hold of each: an error, or files with quoted values."""

from __future__ import annotations

import random
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from builder.core import paths
from builder.core.errors import InvalidInputError
from builder.facts.load import load_facts
from builder.lock import lockfiles
from builder.render.render import render
from builder.resolve.resolve import resolve, select
from builder.targets.lock_files import lock_files
from builder.targets.target import load_target

TEMPLATES, IMAGES = paths.data("templates"), paths.data("images")
KNOWN = load_facts(IMAGES)
SHARED = lockfiles.read(lock_files(load_target("base"), KNOWN.versions))

WORDS = [
    "",
    " ",
    "x",
    "base",
    "torch",
    "numpy>=2",
    "sm_120",
    "3.13",
    "13",
    "both",
    "/etc/x",
    "beside",
    "./mine.yaml",
    "$(id)",
    "`id`",
    "${PATH}",
    '"; RUN id',
    "'",
    "\\",
    "a\nb",
    "\u2028",
    "\x00",
    "\x85",
    "{{ plan }}",
    "{% x %}",
    "#",
    "&a",
    "*a",
    "!!python/object:os.system",
    "../../etc/passwd",
    "é" * 300,
    "a" * 5000,
    "tailbox",
    "-x",
    "~",
    "TS_AUTHKEY",
    "PATH",
    "A_B",
    "debian:12",
    "numpy==",
    "a @ https://x/y.whl",
    "0x1F",
    "1e309",
    "2026-13-45",
    "<<",
]
KEYS = [
    "description",
    "extends",
    "from",
    "python",
    "framework",
    "cuda",
    "gpus",
    "ssh",
    "jupyter",
    "packages",
    "apt",
    "pip",
    "requirements",
    "project",
    "files",
    "run",
    "after_system",
    "at_the_end",
    "env",
    "checks",
    "disk_gb",
    "enabled",
    "extensions",
    "vscode",
    "server",
]
SHAPES: dict[str, Any] = {
    "packages": lambda r: {"apt": [text(r)], "pip": [text(r), text(r)]},
    "env": lambda r: {r.choice(["A", "B_1", text(r)]): text(r)},
    "files": lambda r: {r.choice(["/etc/a b", "/workspace/$x", text(r)]): r.choice(["beside", text(r)])},
    "run": lambda r: {r.choice(["after_system", "after_packages", "at_the_end"]): [text(r)]},
    "jupyter": lambda r: r.choice([True, {"enabled": False}, {"extensions": [text(r)]}]),
    "vscode": lambda r: {"extensions": [text(r)], "server": {"archive": text(r), "accept_license": True}},
    "gpus": lambda r: [r.choice(["sm_86", "sm_120", text(r)])],
    "checks": lambda r: [r.choice(["python", text(r)])],
}


def text(r: random.Random) -> str:
    """Words that hurt, alone or together."""
    return "".join(r.choice(WORDS) for _ in range(r.choice([1, 1, 1, 2, 3])))


def value(r: random.Random, depth: int = 0) -> Any:
    """Any YAML value."""
    kinds = ["text"] * 5 + ["number", "none", "bool"] + ([] if depth > 2 else ["list", "mapping"])
    match r.choice(kinds):
        case "text":
            return text(r)
        case "number":
            return r.choice([0, -1, 3.13, 10**30, float("inf"), float("nan")])
        case "none":
            return None
        case "bool":
            return r.random() < 0.5
        case "list":
            return [value(r, depth + 1) for _ in range(r.randrange(3))]
    return {r.choice([*KEYS, text(r), 7, True]): value(r, depth + 1) for _ in range(r.randrange(4))}


def document(r: random.Random) -> dict[Any, Any]:
    """A target file: mostly of the right shape, so that it gets far, with strange values in it."""
    made: dict[Any, Any] = {"description": r.choice(["plain", text(r)])}
    for key in r.sample(KEYS, r.randrange(5)):
        shape = SHAPES.get(key, value)
        made[key] = shape(r) if r.random() < 0.8 else value(r)
    return made


def written(r: random.Random, folder: Path) -> Path:
    """The file itself; one in five is broken at some byte."""
    path = folder / "mine.yaml"
    with path.open("w", encoding="utf-8") as file:
        YAML(typ="safe").dump(document(r), file)
    if r.random() < 0.2:
        content = bytearray(path.read_bytes())
        for _ in range(r.randrange(1, 4)):
            content[r.randrange(len(content))] = r.randrange(256)
        path.write_bytes(bytes(content))
    return path


def tried(seed: int, folder: Path) -> str:
    """Load, resolve and render one file: `refused`, or `rendered` with every value quoted."""
    r = random.Random(seed)
    path = written(r, folder)
    try:
        plan = resolve(select(load_target(str(path)), KNOWN), KNOWN, SHARED)
    except InvalidInputError:
        return "refused"
    files = render(plan, TEMPLATES)
    dockerfile = files["Dockerfile"].decode().split("\n")
    assert plan.env.items() <= values(dockerfile, "ENV").items()
    described = values(dockerfile, "LABEL")["org.opencontainers.image.description"]
    assert described == plan.description
    instructions = {line.split(" ")[0] for line in _logical(dockerfile)}
    assert instructions <= {
        "FROM",
        "SHELL",
        "ARG",
        "ENV",
        "RUN",
        "COPY",
        "WORKDIR",
        "STOPSIGNAL",
        "LABEL",
        "ENTRYPOINT",
    }
    installed = " ".join(line for line in _logical(dockerfile) if "apt-get install" in line)
    packages = {*plan.apt, *plan.extra_apt}
    assert all(shlex.quote(package) == package for package in packages)
    assert packages <= set(installed.replace(";", " ").split())
    return "rendered"


def values(lines: list[str], instruction: str) -> dict[str, str]:
    """Read ENV or LABEL as BuildKit does: a word in double quotes that escapes `\\`, `"` and `$` alone."""
    pairs = (line.split(" ", 1)[1].split("=", 1) for line in lines if line.startswith(f"{instruction} "))
    return {name: "".join(_characters(word)) for name, word in pairs}


def _characters(word: str) -> Iterator[str]:
    """Yield the characters of a quoted word. Fails where the word ends early, or something would expand."""
    if not word.startswith('"'):
        yield word
        return
    assert len(word) > 1
    assert word.endswith('"')
    rest = iter(word[1:-1])
    for character in rest:
        assert character not in '"$', word
        yield character if character != "\\" else _escaped(next(rest), word)


def _escaped(character: str, word: str) -> str:
    assert character in '\\"$', word
    return character


def _logical(lines: list[str]) -> Iterator[str]:
    """A Dockerfile's instructions, continued lines joined, comments left out."""
    joined = ""
    for line in lines:
        if line.startswith("#") or not line.strip():
            continue
        joined += line.removesuffix("\\")
        if not line.endswith("\\"):
            yield joined
            joined = ""
