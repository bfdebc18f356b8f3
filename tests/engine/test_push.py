"""Push to a real registry: with and without a login, verified, and broken off in the middle."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.registry import Registry
from builder.core import console
from builder.core.reference import Reference
from builder.engine import owners
from builder.engine.client import Engine, connect
from builder.prove import MemberSources
from builder.registry import push as pushing
from builder.registry.push import PushError

# Random bytes do not compress, so a layer of them is on the wire for a while.
LARGE = 150_000_000


@pytest.fixture(scope="module")
def registry(engine: Engine, sources: MemberSources) -> Iterator[Registry]:
    assert sources.host is not None
    registry = Registry(engine, sources.base_reference, sources.host)
    yield registry
    registry.remove()


@pytest.fixture(scope="module")
def pushed_image(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reference]:
    """An image of a small layer and a large one; its name, of this worker alone."""
    reference = Reference("test-push", secrets.token_hex(4))
    folder = tmp_path_factory.mktemp("push")
    (folder / "small").write_bytes(os.urandom(1000))
    (folder / "large").write_bytes(os.urandom(LARGE))
    (folder / "Dockerfile").write_text("FROM scratch\nCOPY small /\nCOPY large /\n")
    command = ["docker", "buildx", "build", "--load", "--tag", str(reference), str(folder)]
    subprocess.run(command, env=engine.environ, check=True, capture_output=True)
    yield reference
    engine.client.images.remove(str(reference), force=True)


@pytest.fixture
def empty_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A store of credentials of this test alone."""
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path / "docker"))


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    lines: list[str] = []
    monkeypatch.setattr(console, "note", lines.append)
    return lines


def test_a_registry_whose_run_was_killed_is_taken_by_the_next_sweep(registry: Registry) -> None:
    registry.container.reload()
    assert registry.container.labels[owners.PID] == str(os.getpid())


@pytest.mark.usefixtures("empty_store")
def test_without_a_login_the_remedy_is_the_login(registry: Registry, pushed_image: Reference) -> None:
    with pytest.raises(PushError) as caught:
        pushing.push(pushed_image, registry.host, connect())
    assert f"do: docker login {registry.host}" in str(caught.value)


@pytest.mark.usefixtures("empty_store")
def test_a_registry_killed_in_mid_push_is_said_and_a_repeat_sends_what_is_missing(
    registry: Registry, pushed_image: Reference, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    registry.login()
    engine = connect()
    monkeypatch.setattr(console, "note", lambda text: _go_away(registry) if "pushed" in text else None)
    with pytest.raises(PushError) as caught:
        pushing.push(pushed_image, registry.host, engine)
    assert f"{registry.host} did not take the image" in str(caught.value)
    assert f"do: docker login {registry.host}" in str(caught.value)
    assert not engine.client.images.list(name=f"{registry.host}/test-push"), "a tag was left behind"

    registry.kill()
    registry.start()
    monkeypatch.setattr(console, "note", said.append)
    done = pushing.push(pushed_image, registry.host, engine)
    assert any("layer already exists" in line for line in said), said
    assert any("pushed" in line for line in said), said
    assert done.layers == 2
    assert done.size >= LARGE
    _pull_by_digest(done.deploy, pushed_image, engine)


def _go_away(registry: Registry) -> None:
    """Break off what is being sent.

    While nobody answers the engine tries again for a minute; one that does not know it any more ends that.
    """
    registry.kill()
    registry.start("somebody else")


def _pull_by_digest(deploy: str, local: Reference, engine: Engine) -> None:
    """What is to be deployed is the image that was built."""
    engine.client.images.pull(deploy)
    pulled = engine.client.images.get(deploy)
    try:
        assert pulled.id == engine.client.images.get(str(local)).id
    finally:
        engine.client.images.remove(deploy)


@pytest.mark.usefixtures("empty_store")
def test_docker_manifest_inspect_reads_what_was_pushed(registry: Registry, pushed_image: Reference) -> None:
    registry.login()
    done = pushing.push(pushed_image, registry.host, connect())
    command = ["docker", "manifest", "inspect", "--insecure", done.deploy]
    shown = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    assert len(shown["layers"]) == done.layers
