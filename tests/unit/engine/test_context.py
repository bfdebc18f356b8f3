"""Which engine is asked: DOCKER_HOST, else the context that docker is told to use, else the local one."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from builder.engine import client

pytestmark = pytest.mark.unit

LOCAL = "unix:///var/run/docker.sock"


@pytest.fixture
def docker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A `docker` whose context is far away, and the folder of its configuration."""
    program = tmp_path / "docker"
    program.touch(mode=0o755)
    answer = json.dumps([{"Endpoints": {"docker": {"Host": "ssh://far"}}}])
    program.write_text(f"#!/bin/sh\necho '{answer}'\n")
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    monkeypatch.delenv("DOCKER_HOST", raising=False)
    monkeypatch.delenv("DOCKER_CONTEXT", raising=False)
    return tmp_path


@pytest.mark.parametrize(
    ("config", "host"),
    [
        ('{"currentContext": "far"}', "ssh://far"),
        ('{"auths": {}}', LOCAL),
        ("no JSON: docker itself decides", "ssh://far"),
        ("[]", "ssh://far"),
        (None, LOCAL),
    ],
)
def test_docker_is_asked_for_its_context_where_it_may_have_one(
    docker: Path, config: str | None, host: str
) -> None:
    if config is not None:
        (docker / "config.json").write_text(config)
    assert client._host() == host


@pytest.mark.usefixtures("docker")
def test_variables_come_before_the_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    assert client._host() == LOCAL
    monkeypatch.setenv("DOCKER_CONTEXT", "far")
    assert client._host() == "ssh://far"
    monkeypatch.setenv("DOCKER_HOST", "tcp://near")
    assert client._host() == "tcp://near"
