"""The image that a target's `from` names: it must have apt, and its release says which mirror serves it."""

from __future__ import annotations

from builder.core.errors import InvalidInputError, Problem
from builder.engine.client import Engine
from builder.engine.containers import run_in_image

_ASK = 'command -v apt-get >/dev/null || exit 77; . /etc/os-release; echo "$ID $VERSION_CODENAME"'


def pinned(image: str, engine: Engine) -> str:
    """Return an image by the digest that its registry gave it, or by its id where it was made here."""
    local = engine.client.images.get(image)
    digests: list[str] = local.attrs.get("RepoDigests") or [str(local.id)]
    return f"{image}@{digests[0].rpartition('@')[2]}"


def suite(image: str, engine: Engine) -> str | None:
    """Debian's codename of an image, None for another distribution's.

    Raises TailboxError, InvalidInputError.
    """
    answer = run_in_image(
        image,
        ["/bin/sh", "-c", f"({_ASK}) || echo no-apt"],
        engine,
        f"the base image {image} cannot be run",
        "check its name, and log in to its registry (docker login) if it is private",
    )
    distribution, _, codename = answer.strip().partition(" ")
    if distribution == "no-apt":
        raise InvalidInputError(
            Problem(f"{image} has no apt", "take an image of Debian, Ubuntu or a derivative")
        )
    return codename or None if distribution == "debian" else None
