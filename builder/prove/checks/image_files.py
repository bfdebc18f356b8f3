"""Check the files and the configuration of an image."""

from __future__ import annotations

import json

from builder.prove import probes
from builder.prove.errors import CheckFailedError
from builder.prove.subject import Subject

_SHOWN = 3


def image(subject: Subject) -> str:
    """No wrong mode, key, account, cache or second CUDA in its files; no port or user configured."""
    problems: dict[str, list[str]] = json.loads(probes.run(subject.node.member, "tree"))
    configuration = subject.tailnet.engine.client.images.get(subject.node.spec.image).attrs["Config"]
    if exposed := configuration.get("ExposedPorts"):
        problems["EXPOSE"] = sorted(exposed)
    if (user := configuration.get("User")) not in ("", None, "root", "0"):
        problems["USER"] = [str(user)]
    if problems:
        raise CheckFailedError(
            "; ".join(_summary(kind, paths) for kind, paths in problems.items()),
            "see which step makes it: restore the mode, remove the file in the same step, or mount the cache",
        )
    return "nothing writable by all, set uid, cached, doubled, baked in or exposed"


def _summary(kind: str, paths: list[str]) -> str:
    more = f" and {len(paths) - _SHOWN} more" if len(paths) > _SHOWN else ""
    return f"{kind}: {', '.join(paths[:_SHOWN])}{more}"
