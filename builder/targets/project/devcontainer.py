"""What a devcontainer.json says. Its comments and trailing commas are those of VS Code."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from builder.core.errors import InvalidInputError, Problem, Where
from builder.targets.project import dockerfile, text
from builder.targets.project.surroundings import Surroundings

_TOKEN = re.compile(r'"(?:\\.|[^"\\])*"|//[^\n]*|/\*.*?\*/', re.DOTALL)
_COMMANDS = ("onCreateCommand", "updateContentCommand", "postCreateCommand", "postStartCommand")
_OTHERS = ("mounts", "runArgs", "forwardPorts", "dockerComposeFile", "initializeCommand")


def read(path: Path, into: Surroundings) -> None:
    """Take over the file. Raises InvalidInputError."""
    content = text.read(path, None)
    data = _parsed(content, path)

    def place(key: str) -> Where:
        return Where(path, text.line(content, rf'"{re.escape(key)}"'))

    if isinstance(image := data.get("image"), str):
        into.image(image, place("image"))
    _dockerfile(data, path, into)
    for name, options in _table(data, "features").items():
        _feature(name, options if isinstance(options, dict) else {}, place(name), into)
    for key in ("containerEnv", "remoteEnv"):
        for name, value in _table(data, key).items():
            if isinstance(value, str) and "${" not in value:
                into.env[name] = (value, place(name))
    for extension in _table(_table(data, "customizations"), "vscode").get("extensions", ()):
        into.extensions.setdefault(str(extension), place(str(extension)))
    for key in _COMMANDS:
        if key in data:
            into.leave(f"{key}: {_words(data[key])}", "write it into `run: {at_the_end: [...]}`", place(key))
    if others := [key for key in _OTHERS if key in data]:
        into.leave(", ".join(others), "belongs to where the node runs", place(others[0]))


def _dockerfile(data: dict[str, Any], path: Path, into: Surroundings) -> None:
    named = _table(data, "build").get("dockerfile") or data.get("dockerFile")
    if isinstance(named, str) and (file := path.parent / named).is_file():
        dockerfile.read(file, into)


def _feature(name: str, options: dict[str, Any], where: Where, into: Surroundings) -> None:
    """A feature: Python and CUDA are known, others have to be written."""
    short = name.rpartition("/")[2].partition(":")[0]
    if short == "python":
        into.python(str(options.get("version", "")), where)
    elif short == "nvidia-cuda" and re.match(r"\d+\.\d+", str(options.get("cudaVersion", ""))):
        into.cudas.setdefault(str(options["cudaVersion"]), where)
    elif short not in ("git", "common-utils", "sshd"):
        into.leave(f"the feature {short}", "name its Debian packages in `packages: {apt: [...]}`", where)


def _table(data: dict[str, Any], key: str) -> dict[str, Any]:
    found = data.get(key)
    return found if isinstance(found, dict) else {}


def _words(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _parsed(content: str, path: Path) -> dict[str, Any]:
    plain = _TOKEN.sub(lambda found: found[0] if found[0][0] == '"' else "", content)
    try:
        data = json.loads(re.sub(r",(\s*[}\]])", r"\1", plain))
    except ValueError as error:
        raise InvalidInputError(Problem(f"not JSON ({error})", "correct it", Where(path, 1))) from None
    return data if isinstance(data, dict) else {}
