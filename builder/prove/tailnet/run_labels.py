"""Label everything that a proof makes, and remove what a killed proof left behind."""

from __future__ import annotations

import os
import platform
import secrets
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass

from docker import DockerClient
from docker.errors import APIError, NotFound
from docker.models.containers import Container

from builder.engine.containers import LABEL as QUERY
from builder.engine.owners import HOST, is_dead, owner_labels

RUN = "dev.tailbox.run"


@dataclass(frozen=True)
class Run:
    """One proof, identified by an id; `owner` is the process that makes it."""

    id: str
    owner: int | None = None

    @classmethod
    def new(cls, *, standing: bool = False) -> Run:
        """Return a run of this process, or a `standing` one without owner, which no sweep removes."""
        return cls(secrets.token_hex(4), None if standing else os.getpid())

    @property
    def labels(self) -> dict[str, str]:
        """Return the labels of every container, network and image of the run."""
        owner = {HOST: platform.node()} if self.owner is None else owner_labels(self.owner)
        return {RUN: self.id, **owner}


def containers(client: DockerClient, run_id: str) -> list[Container]:
    """List the run's containers, running or not."""
    return client.containers.list(all=True, filters={"label": f"{RUN}={run_id}"}, ignore_removed=True)


def remove(client: DockerClient, run_id: str) -> None:
    """Remove everything that carries this run's label."""
    filters: dict[str, str | list[str] | bool] = {"label": f"{RUN}={run_id}"}
    while left := containers(client, run_id):
        with ThreadPoolExecutor(len(left)) as pool:
            list(pool.map(_remove_container, left))
    with suppress(NotFound):
        for network in client.networks.list(filters=filters):
            network.remove()
        for image in client.images.list(filters=filters):
            client.images.remove(str(image.id), force=True)


def sweep(client: DockerClient) -> list[str]:
    """Remove what dead runs of this host left behind, and return their ids; also what was asked in images."""
    dead = sorted({labels[RUN] for labels in _labels(client) if is_dead(labels)})
    for run_id in dead:
        remove(client, run_id)
    for query in client.containers.list(all=True, filters={"label": QUERY}, ignore_removed=True):
        if is_dead(query.labels):
            _remove_container(query)
    return dead


def _labels(client: DockerClient) -> list[dict[str, str]]:
    filters: dict[str, str | list[str] | bool] = {"label": RUN}
    containers = client.containers.list(all=True, filters=filters, ignore_removed=True)
    networks = client.networks.list(filters=filters)
    images = client.images.list(filters=filters)
    return [
        *(container.labels for container in containers),
        *(dict((network.attrs or {}).get("Labels") or {}) for network in networks),
        *(image.labels for image in images),
    ]


def _remove_container(container: Container) -> None:
    try:
        container.remove(force=True, v=True)
    except NotFound:
        return
    except APIError as error:
        # Another run's sweep may be at the same container; the caller looks again until none is left.
        if error.status_code != 409:
            raise
