"""`tailbox clean`: what tailbox made goes; what others made of it, or beside it, stays."""

from __future__ import annotations

import shutil
from contextlib import suppress
from pathlib import Path

from docker import DockerClient
from docker.errors import APIError
from docker.models.images import Image

from builder.core import console, labels
from builder.engine.client import connect
from builder.engine.images import our_names
from builder.prove.tailnet import run_labels
from builder.render.bake_file import BAKE, CONTEXTS


def clean_up() -> None:
    """Remove the images, containers and networks that tailbox made, and what it rendered in `build/`."""
    client = connect().client
    for run_id in run_labels.sweep(client):
        console.note(f"removed what the killed run {run_id} left")
    remove_images(client)
    remove_rendered(Path.cwd() / "build")


def remove_images(client: DockerClient, mark: str = labels.TARGET) -> None:
    """Remove the images with this label, `mark`, that are ours, by each of their names."""
    for image in client.images.list(filters={"label": mark}):
        for name in our_names(image):
            _remove(name, image, client)


def _remove(name: str, image: Image, client: DockerClient) -> None:
    """One that a container was made of is kept, and the container named."""
    try:
        client.images.remove(name)
        console.note(f"removed {name}")
    except APIError as error:
        if error.status_code != 409:
            raise
        containers = client.containers.list(
            all=True, filters={"ancestor": str(image.id)}, ignore_removed=True
        )
        users = " ".join(str(container.name) for container in containers)
        console.note(
            f"kept {name}: {f'docker rm --force {users} lets it go' if users else error.explanation}"
        )


def remove_rendered(place: Path) -> None:
    """The folders there that hold what a target renders; the place itself where nothing else is in it."""
    rendered = [file.parent for file in place.glob(f"*/{CONTEXTS}") if (file.parent / BAKE).is_file()]
    if not rendered:
        return
    for folder in rendered:
        shutil.rmtree(folder, ignore_errors=True)
    (place / BAKE).unlink(missing_ok=True)
    with suppress(OSError):
        place.rmdir()
