"""The Docker engine: the one that answers, or one installed on the spot where that is proper."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

import docker
from docker.errors import DockerException, ImageNotFound
from docker.models.images import Image
from docker.utils import kwargs_from_env
from packaging.version import Version

from builder.core import console
from builder.core.errors import NoEngineError, Problem, TailboxError
from builder.engine import install

_LOCAL = "unix:///var/run/docker.sock"
_BUILDX_MINIMUM = Version("0.13")


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
        """The environment that leads docker to this same engine, and buildx to its own builder."""
        return {**os.environ, "DOCKER_HOST": self.host, "BUILDX_BUILDER": "default"}

    @property
    def disk_factor(self) -> float:
        """Disk a build takes, against overlay2: a containerd store keeps blobs beside the snapshots."""
        return 1.0 if self.store == "overlay2" else 1.8

    def image(self, name: str) -> Image | None:
        """The image of a tag or id; None where there is none."""
        try:
            return self.client.images.get(name)
        except ImageNotFound:
            return None

    def free_gb(self) -> float | None:
        """Free space (GB) where images lie; None when the engine runs on another machine."""
        return shutil.disk_usage(self.root).free / 1e9 if self.root.is_dir() else None


def connect() -> Engine:
    """Use the engine that answers. Raises NoEngineError."""
    host = _host()
    client = _answering(host)
    if client is None:
        raise NoEngineError(
            Problem(
                "no Docker engine answers"
                if host == _LOCAL
                else f"the Docker engine at {host} does not answer",
                "start it, or choose another one by DOCKER_HOST or `docker context use`",
            )
        )
    return _engine(client, host)


def connect_or_install() -> Engine:
    """Use the engine that answers, else install one (root on Debian or Ubuntu). Raises NoEngineError."""
    host = _host()
    if host != _LOCAL or _answering(host) is not None:
        return connect()
    install.install()
    client = _answering(host)
    if client is None:
        raise NoEngineError(Problem("the engine was started and does not answer", "see /var/log/dockerd.log"))
    return _engine(client, host)


def _engine(client: docker.DockerClient, host: str) -> Engine:
    _require_buildx()
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
    if not shutil.which("docker") or not _has_context():
        return _LOCAL
    done = subprocess.run(["docker", "context", "inspect"], capture_output=True, text=True)
    if done.returncode:
        return _LOCAL
    return str(json.loads(done.stdout)[0]["Endpoints"]["docker"]["Host"])


def _has_context() -> bool:
    """Return whether docker is told to use a context; asking docker itself takes a tenth of a second."""
    if os.environ.get("DOCKER_CONTEXT"):
        return True
    folder = Path(os.environ.get("DOCKER_CONFIG") or Path.home() / ".docker")
    try:
        return bool(json.loads((folder / "config.json").read_text()).get("currentContext"))
    except OSError:
        return False
    except (ValueError, AttributeError):
        return True


def buildx_version() -> Version:
    """The version of buildx, 0 where there is none; podman answers here, too, with buildah's.

    `0.13.1+ds1` is Debian's, `v0.30.1-desktop.1` Docker Desktop's.
    """
    done = subprocess.run(["docker", "buildx", "version"], capture_output=True, text=True)
    found = re.search(r"docker/buildx v?(\d+(?:\.\d+)+)", done.stdout)
    return Version(found[1] if found else "0")


def _require_buildx() -> None:
    found = buildx_version()
    if found < _BUILDX_MINIMUM:
        raise NoEngineError(
            Problem(
                f"docker buildx {_BUILDX_MINIMUM} or newer is needed, found {found}",
                "apt-get install docker-buildx (Debian, Ubuntu) or update Docker Desktop",
            )
        )


def require_space(engine: Engine, needed_gb: float) -> None:
    """Say what a build may take and what is free. Raises TailboxError when it cannot fit.

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
