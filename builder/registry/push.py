"""From this machine's engine to a registry: pushed with Docker's own credentials, then verified by digest."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from typing import Any

from docker.errors import DockerException, ImageNotFound
from docker.models.images import Image
from requests.exceptions import RequestException
from urllib3.exceptions import HTTPError

from builder.core import console
from builder.core.errors import InvalidInputError, Problem, TailboxError
from builder.core.process import run
from builder.core.reference import Reference
from builder.engine.client import Engine

_REFUSED = ("unauthorized", "authentication required", "no basic auth", "denied", "authorization failed")
# What the engine and the way to it may raise: an answer that breaks off is an error of urllib3.
_FAULTS = (DockerException, RequestException, HTTPError)
# Docker's reference grammar (distribution/reference), in lower case: a first part with a dot, a port, or
# the name localhost is a host, any other a namespace of Docker Hub.
_LABEL = r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?"
_HOST = rf"(?:{_LABEL}(?:\.{_LABEL})+|{_LABEL}(?:\.{_LABEL})*:[0-9]+|localhost|\[[a-f0-9:]+\](?::[0-9]+)?)"
_PART = r"[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*"
_REPOSITORY = re.compile(rf"(?:(?P<host>{_HOST})/|(?![^/]*\.)){_PART}(?:/{_PART})*")
_LONGEST = 255


@dataclass(frozen=True)
class Pushed:
    """An image in a registry: `reference` by tag, `deploy` by digest, `size` its layers in bytes."""

    reference: Reference
    digest: str
    deploy: str
    layers: int
    size: int


class PushError(TailboxError):
    """The registry did not take the image, or does not hold what was pushed."""


def destination(local: Reference, registry: str) -> Reference:
    """Return what a local image is called in a registry. Raises InvalidInputError."""
    reference = replace(local, namespace=registry.rstrip("/"))
    if len(reference.repository) > _LONGEST or not _REPOSITORY.fullmatch(reference.repository):
        raise InvalidInputError(
            Problem(
                f"{registry!r} is no registry that Docker can push to",
                "give host[:port][/namespace] in lower case, without https:// or a tag, as ghcr.io/you",
            )
        )
    return reference


def push(local: Reference, registry: str, engine: Engine) -> Pushed:
    """Push a built image and ask the registry for what it holds. Layers that are there are not sent again.

    Raises PushError with what the registry said; after a broken push a repeat sends what is missing.
    """
    reference = destination(local, registry)
    image = engine.client.images.get(str(local))
    with _tagged(image, reference, engine):
        digest = _send(reference, engine)
    return verified(reference, digest, str(image.id), engine)


@contextmanager
def _tagged(image: Image, reference: Reference, engine: Engine) -> Iterator[None]:
    """Give an image a second tag for a while. Where it was another image's, that one gets it back."""
    before = engine.image(str(reference))
    _tag(image, reference)
    try:
        yield
    finally:
        try:
            _put_back(before, reference, engine)
        except _FAULTS as error:  # what the push itself said matters more
            console.note(f"the tag {reference} on this machine could not be put back: {error}")


def _put_back(before: Image | None, reference: Reference, engine: Engine) -> None:
    if before is not None:
        _tag(before, reference)
        return
    with suppress(ImageNotFound):
        engine.client.images.remove(str(reference))


def _tag(image: Image, reference: Reference) -> None:
    image.tag(reference.repository, reference.tag)


def _send(reference: Reference, engine: Engine) -> str:
    try:
        events = engine.client.images.push(reference.repository, reference.tag, stream=True, decode=True)
        return _follow(events, reference.repository)
    except _FAULTS as error:
        raise _failure(str(error), reference.repository) from None


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
            console.note(f"{layer}  {status.lower()}{f', {size / 1e6:.0f} MB unpacked' if size else ''}")
        layers[layer] = (status, size)
    if not digest:
        raise _failure("the engine reported no digest", repository)
    return digest


def _failure(reason: str, repository: str) -> PushError:
    host = _host(repository)
    what = f"{host or 'Docker Hub'} did not take the image: {reason.strip()}"
    return PushError(Problem(what, _remedy(reason, f"docker login {host}".strip(), repository)))


def _remedy(reason: str, login: str, repository: str) -> str:
    if "Credentials store" in reason:
        match = re.search(r"docker-credential-[\w.-]+", reason)
        helper = match[0] if match else "the credential helper"
        return f"install or unlock {helper}, or take it out of Docker's config.json and {login}; then repeat"
    if any(word in reason.lower() for word in _REFUSED):
        return f"{login}, with an account that may push to {repository}"
    return "check the registry and the network, then repeat: layers that have arrived are not sent again"


def _host(repository: str) -> str:
    """The registry's host as `docker login` takes it: empty for Docker Hub."""
    match = _REPOSITORY.fullmatch(repository)
    host = match["host"] if match else None
    return "" if host in (None, "docker.io", "index.docker.io") else str(host)


def manifest(reference: str, engine: Engine) -> bytes:
    """The manifest as the registry gives it. Raises TailboxError."""
    command = ["docker", "buildx", "imagetools", "inspect", "--raw", reference]
    failure = f"the registry does not show {reference}"
    return run(command, failure, "check the registry, then repeat", env=engine.environ).encode()


def verified(reference: Reference, digest: str, image_id: str, engine: Engine) -> Pushed:
    """Ask the registry what it holds under the digest. Raises PushError unless it is our image."""
    deploy = reference.by_digest(digest)
    raw = manifest(deploy, engine)
    check(raw, digest, image_id, reference)
    layers = json.loads(raw)["layers"]
    return Pushed(reference, digest, deploy, len(layers), sum(layer["size"] for layer in layers))


def check(raw: bytes, digest: str, image_id: str, reference: Reference) -> None:
    """Raise PushError unless these are the bytes of the digest and describe the local image.

    A graph driver's image id is the digest of the image's configuration, a containerd store's the manifest's.
    """
    held = f"sha256:{hashlib.sha256(raw).hexdigest()}"
    remedy = "something between here and the registry changes what passes; push to another registry"
    if held != digest:
        raise PushError(Problem(f"the registry holds {held} as {reference}, pushed was {digest}", remedy))
    configuration = json.loads(raw).get("config", {}).get("digest")
    if image_id not in (configuration, digest):
        raise PushError(Problem(f"{reference} in the registry is not the image {image_id}", remedy))
