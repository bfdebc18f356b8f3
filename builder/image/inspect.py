"""What an image says about itself: its labels, and what the engine knows of its layers."""

from __future__ import annotations

import json
from typing import Any

from docker.errors import APIError, ImageNotFound, NullResource
from docker.models.images import Image as EngineImage

from builder.core import labels
from builder.core.errors import InvalidInputError, Problem
from builder.engine.client import Engine

_OCI = "org.opencontainers.image."


def inspect(reference: str, engine: Engine) -> dict[str, Any]:
    """Return the facts of a local image. Raises InvalidInputError where there is none of ours."""
    image = _local(reference, engine)
    values = image.labels
    if missing := [name for name in (labels.TARGET, labels.EXPECTATIONS) if name not in values]:
        what = f"{reference} was not built by tailbox: it has no label {missing[0]}"
        raise InvalidInputError(Problem(what, "tailbox list, tailbox build TARGET"))
    config = image.attrs["Config"]  # newer engines leave out what is empty
    return {
        "tags": image.tags,
        "id": image.id,
        "digests": image.attrs.get("RepoDigests") or [],
        "size": image.attrs["Size"],
        "layers": image.attrs["RootFS"]["Layers"],
        "target": values[labels.TARGET],
        "promises": json.loads(values[labels.EXPECTATIONS]),
        "about": {name.removeprefix(_OCI): value for name, value in values.items() if name.startswith(_OCI)},
        "entrypoint": config.get("Entrypoint"),
        "environment": dict(line.split("=", 1) for line in config.get("Env") or []),
        "ports": sorted(config.get("ExposedPorts") or {}),
        "user": config.get("User") or "root",
    }


def _local(reference: str, engine: Engine) -> EngineImage:
    try:
        return engine.client.images.get(reference)
    except ImageNotFound:
        remedy = f"docker pull {reference}, or tailbox build TARGET"
        raise InvalidInputError(Problem(f"no image {reference} in this engine", remedy)) from None
    except (APIError, NullResource) as error:
        what = f"the engine does not take {reference!r}: {getattr(error, 'explanation', None) or error}"
        raise InvalidInputError(Problem(what, "docker image ls names what is there")) from None


def lines(facts: dict[str, Any]) -> list[str]:
    """Return the same as lines for people."""
    promises = {name: value for name, value in facts["promises"].items() if value}
    rows = {
        "image": ", ".join(facts["tags"]) or facts["id"],
        "digest": ", ".join(facts["digests"]) or facts["id"],
        "size on disk": f"{facts['size'] / 1e9:.2f} GB in {len(facts['layers'])} layers",
        **facts["about"],
        **{name: " ".join(v) if isinstance(v, list) else v for name, v in promises.items()},
        "runs": " ".join(facts["entrypoint"] or []),
        "user": facts["user"],
        "open ports": ", ".join(facts["ports"]) or "none",
    }
    return [f"{name:<13} {value}" for name, value in rows.items()]
