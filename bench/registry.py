"""Debian's docker-registry on loopback, with a password; it can be killed and started again with its data."""

from __future__ import annotations

import io
import json
import secrets
import socket
import subprocess
import tarfile
import tempfile
from collections.abc import Mapping
from pathlib import Path

import bcrypt
from docker.models.containers import Container

from bench.host_settings import secret_flags
from builder.core import process
from builder.engine.client import Engine
from builder.prove.tailnet.run_labels import Run

USER, PASSWORD = "you", "secret"
# Always the same, so that the image is too.
_SALT = b"$2a$04$tailboxtailboxtailboxu"
_DOCKERFILE = """
FROM base
ARG PACKAGE
RUN --mount=type=secret,id=host-env,target=/run/host/env \\
    --mount=type=secret,id=host-ca,target=/run/host/ca.pem \\
    --mount=type=secret,id=host-apt,target=/run/host/apt.conf \\
    --mount=type=secret,id=host-sources,target=/run/host/sources.list \\
    . /run/host/env; apt-get update -qq && apt-get install -y -qq --no-install-recommends "$PACKAGE"
COPY files /files/
"""
_CONFIG = {
    "version": "0.1",
    "storage": {"filesystem": {"rootdirectory": "/var/lib/registry"}},
    "http": {"addr": ":5000"},
    "auth": {"htpasswd": {"realm": "test", "path": "/files/htpasswd"}},
}


class Registry:
    """A running registry; `host` is its address as an image name has it."""

    def __init__(self, engine: Engine, base: str, host_settings: Path) -> None:
        port = _free_port()
        self.host = f"127.0.0.1:{port}"
        self._port = port
        files = {"config.json": json.dumps(_CONFIG), "htpasswd": _users(USER)}
        self._client = engine.client
        self._image = debian_with("docker-registry", engine, base, host_settings, files)
        self.container: Container = engine.client.containers.run(
            self._image,
            ["docker-registry", "serve", "/files/config.json"],
            detach=True,
            ports={"5000/tcp": ("127.0.0.1", port)},
        )
        self._await()

    def login(self) -> None:
        """As a person does; the password lands in the store that DOCKER_CONFIG names."""
        command = ["docker", "login", "--username", USER, "--password-stdin", self.host]
        subprocess.run(command, input=PASSWORD, text=True, check=True, capture_output=True)

    def kill(self) -> None:
        self.container.kill()

    def start(self, user: str = USER) -> None:
        """Start it again with the same data, to be logged in to as `user`."""
        packed, users = io.BytesIO(), _users(user).encode()
        with tarfile.open(fileobj=packed, mode="w") as tar:
            entry = tarfile.TarInfo("htpasswd")
            entry.size = len(users)
            tar.addfile(entry, io.BytesIO(users))
        self.container.put_archive("/files", packed.getvalue())
        self.container.start()
        self._await()

    def traffic(self) -> tuple[float, float]:
        """MB that came in and went out so far."""
        now = self.container.stats(stream=False)
        assert isinstance(now, dict)
        network = now["networks"]["eth0"]
        return network["rx_bytes"] / 1e6, network["tx_bytes"] / 1e6

    def remove(self) -> None:
        self.container.remove(force=True, v=True)
        self._client.images.remove(self._image)

    def _await(self) -> None:
        process.until(self._answers, 60, "the registry's answer")

    def _answers(self) -> bool:
        with socket.socket() as probe:
            probe.settimeout(5)
            if probe.connect_ex(("127.0.0.1", self._port)):
                return False
            probe.sendall(b"GET /v2/ HTTP/1.0\r\n\r\n")
            try:
                return b" 401 " in probe.recv(100)
            except OSError:
                return False


def _users(user: str) -> str:
    return f"{user}:{bcrypt.hashpw(PASSWORD.encode(), _SALT).decode()}\n"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def debian_with(
    package: str, engine: Engine, base: str, host_settings: Path, files: Mapping[str, str] | None = None
) -> str:
    """The tag, of this call alone, of an image with one more Debian package, and `files` in /files.

    Its labels, which its containers inherit, let a later run remove all of it when this process was killed.
    """
    tag = f"tailbox/test-{package}:{secrets.token_hex(4)}"
    with tempfile.TemporaryDirectory(prefix="tailbox-debian-with-") as name:
        folder = Path(name)
        (folder / "Dockerfile").write_text(_DOCKERFILE)
        (folder / "files").mkdir()
        for file, content in (files or {}).items():
            (folder / "files" / file).write_text(content)
        command = ["docker", "buildx", "build", "--load", "--tag", tag]
        command += ["--build-context", f"base=docker-image://{base}", "--build-arg", f"PACKAGE={package}"]
        command += [f"--label={name}={value}" for name, value in Run.new().labels.items()]
        command += [*secret_flags(host_settings), name]
        subprocess.run(command, env=engine.environ, check=True, capture_output=True)
    return tag
