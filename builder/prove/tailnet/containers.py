"""Create the containers of one run, on one network."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Mapping, Sequence
from typing import Any

from docker import DockerClient
from docker.errors import APIError, NotFound
from docker.models.containers import Container
from docker.models.networks import Network
from docker.types import DeviceRequest

from builder.engine.client import Engine
from builder.prove.errors import TailnetError
from builder.prove.tailnet import run_labels
from builder.prove.tailnet.member import Member


def start_container(container: Container) -> None:
    """Start a container. Raises TailnetError with the engine's reason."""
    try:
        container.start()
    except APIError as error:
        raise TailnetError(
            f"the engine cannot start {container.name}: {error.explanation}",
            "see the engine's log (journalctl -u docker, or /var/log/dockerd.log)",
        ) from None


def gpu_requests(client: DockerClient) -> list[DeviceRequest]:
    """Return a request for all GPUs; empty if the engine cannot pass them to containers."""
    if "nvidia" not in client.info().get("Runtimes", {}):
        return []
    return [DeviceRequest(count=-1, capabilities=[["gpu"]])]


class Containers:
    """Creates containers with the run's labels, of the members' image or another, until it is closed.

    They are on an internal network of the run (with `leads_out` not internal), or on the engine's `network`,
    which must exist, else TailnetError.
    """

    def __init__(
        self, engine: Engine, run: run_labels.Run, members_image: str, *, leads_out: bool, network: str
    ) -> None:
        self._engine, self._run, self._image = engine, run, members_image
        self._network = self._existing(network) if network else self._new(leads_out)
        self._closed = threading.Event()

    @property
    def are_enclosed(self) -> bool:
        """Return whether nothing leads outside: only then may a plain socket try a tailnet address."""
        return bool((self._network.attrs or {})["Internal"])

    def close(self) -> None:
        """Refuse to create further containers, as the run is being removed."""
        self._closed.set()

    def create(self, name: str, **options: Any) -> Container:
        """Create a container; on the network unless the options say otherwise."""
        if self._closed.is_set():
            raise TailnetError("the private tailnet is being removed", "start the proof again")
        return self._engine.client.containers.create(
            name=f"tailbox-{self._run.id}-{name}",
            hostname=name,
            labels=self._run.labels,
            **({"network": self._network.name} | options),
        )

    def start_member(
        self,
        name: str,
        command: Sequence[str],
        *,
        image: str = "",
        files: Mapping[str, bytes] | None = None,
        **options: Any,
    ) -> Member:
        """Start a member with these files, owned by root."""
        container = self.create(name, image=image or self._image, command=list(command), init=True, **options)
        member = Member(self._engine, container, name)
        for path, data in (files or {}).items():
            member.put(path, data)
        start_container(container)
        return member

    def helper(self, name: str, command: Sequence[str], **options: Any) -> Member:
        """Start a command in a container of the members' image without any network."""
        container = self.create(
            f"{name}-{secrets.token_hex(3)}",
            image=self._image,
            entrypoint=list(command),
            network="none",
            security_opt=["label=disable"],
            **options,
        )
        start_container(container)
        return Member(self._engine, container, name)

    def address(self, member: Member) -> str:
        """Return a member's address on the network."""
        member.container.reload()
        networks = member.container.attrs["NetworkSettings"]["Networks"]
        return str(networks[self._network.name]["IPAddress"])

    def _existing(self, name: str) -> Network:
        try:
            return self._engine.client.networks.get(name)
        except NotFound:
            raise TailnetError(f"the engine has no network {name}", "see `docker network ls`") from None

    def _new(self, leads_out: bool) -> Network:
        network = self._engine.client.networks.create(
            f"tailbox-{self._run.id}",
            internal=not leads_out,
            labels=self._run.labels,
            check_duplicate=True,
        )
        network.reload()
        return network
