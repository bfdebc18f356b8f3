"""Images that lost their tag to a new build of the same target: gigabytes that nothing names any more."""

from __future__ import annotations

from collections.abc import Iterable

from docker.errors import APIError, ImageNotFound
from docker.models.images import Image

from builder.engine import Engine

_OURS = "dev.tailbox.target"


def tagged(tags: Iterable[str], engine: Engine) -> list[str]:
    """Ids of the images made by tailbox that have these tags now."""
    found = (_image(tag, engine) for tag in tags)
    return [str(image.id) for image in found if image and _OURS in image.labels]


def drop(ids: Iterable[str], engine: Engine) -> None:
    """Remove those that have no tag left; one that a container was made of stays."""
    for image in (_image(id_, engine) for id_ in ids):
        if image and not image.tags:
            try:
                engine.client.images.remove(str(image.id))
            except APIError as error:
                if error.status_code not in (404, 409):
                    raise


def _image(name: str, engine: Engine) -> Image | None:
    try:
        return engine.client.images.get(name)
    except ImageNotFound:
        return None
