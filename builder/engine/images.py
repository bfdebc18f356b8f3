"""Tags of local images, and the removal of images that lost theirs to a new build: they are gigabytes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from docker.errors import APIError
from docker.models.images import Image

from builder.core import labels
from builder.core.reference import LOCAL
from builder.engine.client import Engine


def our_names(image: Image) -> list[str]:
    """Return the names of a labelled image that are ours: tags in `tailbox/`, or its id if it has no tag.

    Labels are inherited: an image under another name was built from one of ours, or has that name too.
    """
    return [name for name in image.tags if name.startswith(f"{LOCAL}/")] if image.tags else [str(image.id)]


def tagged_images(tags: Iterable[str], engine: Engine) -> Mapping[str, str]:
    """Map those of the tags that an image of tailbox has to its id."""
    images = ((tag, engine.image(tag)) for tag in tags)
    return {tag: str(image.id) for tag, image in images if image and labels.TARGET in image.labels}


def restore_tag(tag: str, before: Mapping[str, str], engine: Engine) -> None:
    """Take a tag from the image that a build gave it to, and return it to the image that had it before."""
    new = engine.client.images.get(tag)
    old = engine.image(before[tag]) if before.get(tag, new.id) != new.id else None
    engine.client.images.remove(tag, force=True)
    if old:
        old.tag(tag)


def remove_untagged(ids: Iterable[str], engine: Engine) -> None:
    """Remove the images that have no tag left, except those that a container uses."""
    for image in (engine.image(id_) for id_ in ids):
        if image and not image.tags:
            try:
                engine.client.images.remove(str(image.id))
            except APIError as error:
                if error.status_code not in (404, 409):
                    raise


def layer_folders(image: Image) -> list[str]:
    """List the folders of an image's layers on the engine's machine, top first; overlay2 only."""
    driver = (image.attrs or {}).get("GraphDriver") or {}
    data = driver.get("Data") or {}
    if driver.get("Name") != "overlay2":
        return []
    return [data["UpperDir"], *filter(None, data.get("LowerDir", "").split(":"))]
