"""Which BuildKit does the work, and the registry cache it reads and fills."""

from __future__ import annotations

import os
import re
import secrets
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from builder.core import console
from builder.core.errors import InvalidInputError, Problem
from builder.core.process import run, start_time
from builder.engine.client import Engine

# A builder of `remote`, by the process that made it.
_OURS = re.compile(r"tailbox-(\d+)-[0-9a-f]{8}")


@dataclass(frozen=True)
class Builder:
    """`name` is a buildx builder, None for the engine's own; `cache` is a repository in a registry.

    A named builder does not see the images of the engine. Each target's layers lie in the cache under the
    target's name as tag.
    """

    name: str | None = None
    cache: str | None = None

    def options(self, targets: Iterable[str], engine: Engine) -> list[str]:
        """Return the options of `docker buildx bake` for these targets."""
        options = ["--builder", self.name] if self.name else []
        return options + [part for target in targets for part in self._cache_options(target, engine)]

    def _cache_options(self, target: str, engine: Engine) -> list[str]:
        if not self.cache:
            return []
        place = f"type=registry,ref={self.cache}:{target}"
        read = ["--set", f"{target}.cache-from={place}"]
        if not self._fills(engine):
            console.note(f"the engine's own builder reads {self.cache} and cannot fill it: name a --builder")
            return read
        kind = "mode=max,compression=zstd,oci-mediatypes=true,image-manifest=true"
        return [*read, "--set", f"{target}.cache-to={place},{kind}"]

    def _fills(self, engine: Engine) -> bool:
        """Return whether layers can be exported: an engine with the overlay2 store keeps no blobs of them."""
        return self.name is not None or engine.store == "containerd"


LOCAL = Builder()


@contextmanager
def open_builder(builder: str | None, cache: str | None) -> Iterator[Builder]:
    """The builder of a name, or of an endpoint (`tcp://host:1234`, `unix:///socket`), for a while.

    Raises InvalidInputError for a cache that is no repository, TailboxError when buildx refuses the endpoint.
    """
    if cache and (":" in cache.rpartition("/")[2] or "://" in cache or cache != cache.lower()):
        remedy = "give host[:port]/path in lower case, without a tag: ghcr.io/you/cache"
        raise InvalidInputError(Problem(f"{cache!r} is no repository for a cache", remedy))
    if builder and "://" in builder:
        with remote(builder) as name:
            yield Builder(name, cache)
    else:
        yield Builder(builder, cache)


@contextmanager
def remote(endpoint: str) -> Iterator[str]:
    """Make a buildx builder for a BuildKit daemon's address, yield its name, and remove it afterwards.

    What a killed command has left in buildx's list is forgotten first.
    """
    for left in _left():
        _forget(left)
    name = f"tailbox-{os.getpid()}-{secrets.token_hex(4)}"
    command = ["docker", "buildx", "create", "--name", name, "--driver", "remote", endpoint]
    run(command, f"buildx does not take {endpoint} as a builder", "check the address, then repeat")
    try:
        yield name
    finally:
        _forget(name)


def _forget(name: str) -> None:
    subprocess.run(["docker", "buildx", "rm", name], capture_output=True)


def _left() -> list[str]:
    """Builders of commands that are gone, by the process in their names: buildx keeps a file for each.

    `docker buildx ls` would ask every builder first, for seconds each where it is gone.
    """
    docker = Path(os.environ.get("DOCKER_CONFIG") or Path.home() / ".docker")
    instances = Path(os.environ.get("BUILDX_CONFIG") or docker / "buildx") / "instances"
    ours = filter(None, (_OURS.fullmatch(file.name) for file in instances.glob("*")))
    return [one[0] for one in ours if start_time(int(one[1])) is None]
