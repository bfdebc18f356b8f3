"""What an image must not hold or say."""

from __future__ import annotations

import json

from builder.prove import probes
from builder.prove.errors import CheckFailedError
from builder.prove.subject import Subject

_SHOWN = 3


def image(subject: Subject) -> str:
    """Modes, keys, accounts, caches and copies of CUDA in its files; ports and user in its configuration."""
    found: dict[str, list[str]] = json.loads(probes.run(subject.node.member, "tree"))
    configuration = subject.tailnet.engine.client.images.get(subject.node.spec.image).attrs["Config"]
    if exposed := configuration.get("ExposedPorts"):
        found["EXPOSE"] = sorted(exposed)
    if (user := configuration.get("User")) not in ("", None, "root", "0"):
        found["USER"] = [str(user)]
    if found:
        raise CheckFailedError(
            "; ".join(_told(kind, places) for kind, places in found.items()),
            "see which step makes it: restore the mode, remove the file in the same step, or mount the cache",
        )
    return "nothing writable by all, set uid, cached, doubled, baked in or exposed"


def _told(kind: str, places: list[str]) -> str:
    more = f" and {len(places) - _SHOWN} more" if len(places) > _SHOWN else ""
    return f"{kind}: {', '.join(places[:_SHOWN])}{more}"
