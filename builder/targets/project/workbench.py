"""What AI Workbench's .project/spec.yaml says of the environment."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from builder.core import yaml_document
from builder.targets.project.surroundings import Surroundings


def read(path: Path, into: Surroundings) -> None:
    """Take over the file. Raises InvalidInputError."""
    document = yaml_document.read(path)
    base = _at(document.data, "environment", "base")
    where = document.where(("environment", "base"))
    if cuda := _at(base, "cuda_version"):
        into.cudas.setdefault(str(cuda), document.where(("environment", "base", "cuda_version")))
    elif image := _at(base, "image"):
        into.image(str(image), document.where(("environment", "base", "image")))
    for secret in _at(document.data, "execution", "secrets") or ():
        if name := _at(secret, "variable"):
            into.leave(
                f"the secret {name}",
                "give it to the node as an environment variable, never in an image",
                where,
            )
    for app in _at(document.data, "execution", "apps") or ():
        if (name := _at(app, "name")) and str(name).lower() not in (
            "jupyterlab",
            "visual studio code",
            "vs code",
        ):
            into.leave(f"the application {name}", "start it in the node", where)


def _at(data: Any, *keys: str) -> Any:
    for key in keys:
        data = data.get(key) if hasattr(data, "get") else None
    return data
