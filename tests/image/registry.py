"""Debian's docker-registry on loopback, with a password; it can be killed and started again with its data."""

from __future__ import annotations

import json
import socket
import subprocess
import tempfile
from pathlib import Path

import bcrypt
from docker.models.containers import Container

from builder import wait
from builder.engine import Engine

USER, PASSWORD = "you", "secret"
_DOCKERFILE = """
FROM base
RUN --mount=type=secret,id=host-env,target=/run/host/env \\
    --mount=type=secret,id=host-ca,target=/run/host/ca.pem \\
    --mount=type=secret,id=host-apt,target=/run/host/apt.conf \\
    --mount=type=secret,id=host-sources,target=/run/host/sources.list \\
    . /run/host/env; apt-get update -qq && apt-get install -y -qq --no-install-recommends docker-registry
COPY config.json htpasswd /etc/registry/
ENTRYPOINT ["docker-registry", "serve", "/etc/registry/config.json"]
"""
_CONFIG = {
    "version": "0.1",
    "storage": {"filesystem": {"rootdirectory": "/var/lib/registry"}},
    "http": {"addr": ":5000"},
    "auth": {"htpasswd": {"realm": "test", "path": "/etc/registry/htpasswd"}},
}


class Registry:
    """A running registry; `host` is its address as an image name has it."""

    def __init__(self, engine: Engine, base: str, host_settings: Path) -> None:
        port = _free_port()
        self.host = f"127.0.0.1:{port}"
        self._port = port
        image = _build(engine, base, host_settings)
        self.container: Container = engine.client.containers.run(
            image,
            detach=True,
            ports={"5000/tcp": ("127.0.0.1", port)},
            labels={"dev.tailbox.test": "registry"},
        )
        self._await()

    def login(self) -> None:
        """As a person does; the password lands in the store that DOCKER_CONFIG names."""
        command = ["docker", "login", "--username", USER, "--password-stdin", self.host]
        subprocess.run(command, input=PASSWORD, text=True, check=True, capture_output=True)

    def kill(self) -> None:
        self.container.kill()

    def start(self) -> None:
        self.container.start()
        self._await()

    def remove(self) -> None:
        self.container.remove(force=True, v=True)

    def _await(self) -> None:
        wait.until(self._answers, 60, "the registry's answer")

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


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _build(engine: Engine, base: str, host_settings: Path) -> str:
    with tempfile.TemporaryDirectory(prefix="tailbox-registry-") as name:
        folder = Path(name)
        (folder / "Dockerfile").write_text(_DOCKERFILE)
        (folder / "config.json").write_text(json.dumps(_CONFIG))
        hashed = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4, prefix=b"2a")).decode()
        (folder / "htpasswd").write_text(f"{USER}:{hashed}\n")
        command = ["docker", "buildx", "build", "--load", "--iidfile", str(folder / "iid")]
        command += ["--build-context", f"base=docker-image://{base}"]
        files = {"env": "env", "ca": "ca.pem", "apt": "apt.conf", "sources": "sources.list"}
        for key, file in files.items():
            command += ["--secret", f"id=host-{key},src={host_settings / file}"]
        subprocess.run([*command, name], env=engine.environ, check=True, capture_output=True)
        return (folder / "iid").read_text().strip()
