"""From this machine's engine to a registry: pushed with Docker's own credentials, then verified by digest."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from docker.errors import APIError
from requests.exceptions import RequestException

from builder import say
from builder.engine import Engine
from builder.errors import InvalidInput, Problem, TailboxError
from builder.run import run

_REFUSED = ("unauthorized", "authentication required", "no basic auth", "denied", "authorization failed")


@dataclass(frozen=True)
class Pushed:
    """An image in a registry: `reference` by tag, `deploy` by digest, `size` its layers in bytes."""

    reference: str
    digest: str
    deploy: str
    layers: int
    size: int


class PushFailed(TailboxError):
    """The registry did not take the image, or does not hold what was pushed."""


def destination(tag: str, registry: str) -> str:
    """`REGISTRY/<target>:<contents>` for a local `tailbox/<target>:<contents>`. Raises InvalidInput."""
    host = registry.rstrip("/")
    if "://" in host or " " in host or not host or host != host.lower():
        raise InvalidInput(
            Problem(
                f"{registry!r} is no registry that Docker can push to",
                "give host[:port][/namespace] in lower case, without https://, as ghcr.io/you",
            )
        )
    return f"{host}/{tag.removeprefix('tailbox/')}"


def push(tag: str, registry: str, engine: Engine) -> Pushed:
    """Push a built image and ask the registry for what it holds. Layers that are there are not sent again.

    Raises PushFailed with what the registry said; after a broken push a repeat sends what is missing.
    """
    reference = destination(tag, registry)
    image = engine.client.images.get(tag)
    repository, _, version = reference.rpartition(":")
    image.tag(repository, version)
    try:
        digest = _send(repository, version, engine)
    finally:
        engine.client.images.remove(reference)
    return verified(reference, digest, str(image.id), engine)


def _send(repository: str, version: str, engine: Engine) -> str:
    try:
        events = engine.client.images.push(repository, version, stream=True, decode=True)
        return _follow(events, repository)
    except (APIError, RequestException) as error:
        raise _failure(str(error), repository) from None


def _follow(events: Iterable[dict[str, Any]], repository: str) -> str:
    """Say what arrives, layer by layer, and return the digest the engine reports at the end."""
    layers: dict[str, tuple[str, int]] = {}
    digest = ""
    for event in events:
        if "error" in event:
            raise _failure(str(event["error"]), repository)
        digest = event.get("aux", {}).get("Digest", digest)
        layer, status = event.get("id", ""), event.get("status", "")
        size = event.get("progressDetail", {}).get("current", 0) or layers.get(layer, ("", 0))[1]
        if status in ("Pushed", "Layer already exists") and layers.get(layer, ("", 0))[0] != status:
            say.note(f"{layer}  {status.lower()}{f', {size / 1e6:.0f} MB unpacked' if size else ''}")
        layers[layer] = (status, size)
    if not digest:
        raise _failure("the engine reported no digest", repository)
    return digest


def _failure(reason: str, repository: str) -> PushFailed:
    host = repository.split("/")[0]
    remedy = "check the registry and the network, then repeat: layers that have arrived are not sent again"
    if any(word in reason.lower() for word in _REFUSED):
        remedy = f"docker login {host}, with an account that may push to {repository}"
    return PushFailed(Problem(f"{host} did not take the image: {reason.strip()}", remedy))


def manifest(reference: str, engine: Engine) -> bytes:
    """The manifest as the registry gives it. Raises TailboxError."""
    command = ["docker", "buildx", "imagetools", "inspect", "--raw", reference]
    failure = f"the registry does not show {reference}"
    return run(command, failure, "check the registry, then repeat", env=engine.environ).encode()


def verified(reference: str, digest: str, image_id: str, engine: Engine) -> Pushed:
    """What the registry holds under the digest must be these bytes, and must be our image."""
    deploy = f"{reference.rpartition(':')[0]}@{digest}"
    raw = manifest(deploy, engine)
    check(raw, digest, image_id, reference)
    layers = json.loads(raw)["layers"]
    return Pushed(reference, digest, deploy, len(layers), sum(layer["size"] for layer in layers))


def check(raw: bytes, digest: str, image_id: str, reference: str) -> None:
    """Raise PushFailed unless these are the bytes of the digest and describe the local image.

    A graph driver's image id is the digest of the image's configuration, a containerd store's the manifest's.
    """
    found = f"sha256:{hashlib.sha256(raw).hexdigest()}"
    remedy = "something between here and the registry changes what passes; push to another registry"
    if found != digest:
        raise PushFailed(Problem(f"the registry holds {found} as {reference}, pushed was {digest}", remedy))
    configuration = json.loads(raw).get("config", {}).get("digest")
    if image_id not in (configuration, digest):
        raise PushFailed(Problem(f"{reference} in the registry is not the image {image_id}", remedy))
