"""Connect to the Docker engine, or install one."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

import docker
from docker.errors import DockerException, ImageNotFound
from docker.models.images import Image
from docker.utils import kwargs_from_env

from builder.core import console
from builder.core.errors import NoEngineError, Problem, TailboxError
from builder.engine import buildx, install

_LOCAL = "unix:///var/run/docker.sock"


@dataclass(frozen=True)
class Engine:
    """An engine that answers. `store` is its image store: `overlay2` or `containerd`."""

    client: docker.DockerClient = field(repr=False)
    host: str
    version: str
    store: str
    root: Path

    @property
    def environ(self) -> dict[str, str]:
        """Return an environment that leads docker to this engine, and buildx to the engine's own builder."""
        return {**os.environ, "DOCKER_HOST": self.host, "BUILDX_BUILDER": "default"}

    @property
    def disk_factor(self) -> float:
        """Return the disk use of a build relative to overlay2: containerd keeps blobs besides snapshots."""
        return 1.0 if self.store == "overlay2" else 1.8

    def image(self, name: str) -> Image | None:
        """Return the image with a tag or id, or None."""
        try:
            return self.client.images.get(name)
        except ImageNotFound:
            return None

    def free_gb(self) -> float | None:
        """Return the free space (GB) for images; None if the engine runs on another machine."""
        return shutil.disk_usage(self.root).free / 1e9 if self.root.is_dir() else None


def connect() -> Engine:
    """Return the engine that answers. Raises NoEngineError."""
    host = _host()
    client = _answering(host)
    if client is None:
        raise _no_answer(host)
    return _engine(client, host)


def connect_or_install() -> Engine:
    """Return the engine that answers, else install one (root on Debian or Ubuntu). Raises NoEngineError."""
    host = _host()
    client = _answering(host)
    if client is None and host == _LOCAL:
        install.install()
        client = _answering(host)
        if client is None:
            remedy = "see /var/log/dockerd.log"
            raise NoEngineError(Problem("the engine was started but does not answer", remedy))
    if client is None:
        raise _no_answer(host)
    return _engine(client, host)


def _no_answer(host: str) -> NoEngineError:
    what = "no Docker engine answers" if host == _LOCAL else f"the Docker engine at {host} does not answer"
    remedy = "start it, or choose another one by DOCKER_HOST or `docker context use`"
    return NoEngineError(Problem(what, remedy))


def _engine(client: docker.DockerClient, host: str) -> Engine:
    buildx.require()
    info = client.info()
    containerd = any("containerd.snapshotter" in str(row) for row in info.get("DriverStatus") or [])
    return Engine(
        client=client,
        host=host,
        version=info["ServerVersion"],
        store="containerd" if containerd else info["Driver"],
        root=Path(info["DockerRootDir"]),
    )


def _answering(host: str) -> docker.DockerClient | None:
    try:
        client = docker.DockerClient(base_url=host, timeout=600, tls=kwargs_from_env().get("tls", False))
        client.ping()
    except DockerException:
        return None
    return client


def _host() -> str:
    """Return DOCKER_HOST, else the endpoint of docker's current context."""
    if host := os.environ.get("DOCKER_HOST"):
        return host
    if not shutil.which("docker") or _context() == "default":
        return _LOCAL
    done = subprocess.run(["docker", "context", "inspect"], capture_output=True, text=True)
    if done.returncode:
        return _LOCAL
    return str(json.loads(done.stdout)[0]["Endpoints"]["docker"]["Host"])


def _context() -> str:
    """Read the name of docker's current context without docker, which would take a tenth of a second."""
    if name := os.environ.get("DOCKER_CONTEXT"):
        return name
    folder = Path(os.environ.get("DOCKER_CONFIG") or Path.home() / ".docker")
    try:
        configuration = json.loads((folder / "config.json").read_text())
        return str(configuration.get("currentContext") or "default")
    except (OSError, ValueError):
        return "default"


def require_space(engine: Engine, needed_gb: float) -> None:
    """Report the disk space that a build needs and that is free. Raises TailboxError if it cannot fit.

    `needed_gb` is what a cold build takes on overlay2, the package cache included.
    """
    free = engine.free_gb()
    needed = needed_gb * engine.disk_factor
    if free is None:
        console.note(
            f"the build may take {needed:.0f} GB on the engine's machine, whose disk cannot be seen from here"
        )
        return
    if free < needed:
        raise TailboxError(
            Problem(
                f"disk too small: the build may take {needed:.0f} GB, {engine.root} has {free:.1f} GB free",
                "free space (docker system df; tailbox clean; docker builder prune), then repeat",
            )
        )
    console.note(f"{free:.0f} GB free at {engine.root}, up to {needed:.0f} GB needed")
