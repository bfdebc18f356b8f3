"""What is said about a pushed image is found beside it in the registry, by the field's own tools."""

from __future__ import annotations

import io
import json
import os
import secrets
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.registry import Registry, debian_with
from builder.build import go_programs
from builder.build.builders import LOCAL
from builder.core.errors import TailboxError
from builder.core.reference import Reference
from builder.engine.client import Engine
from builder.pipeline.build import Built
from builder.pipeline.publish import PublishOptions, publish_target
from builder.prove import MemberSources
from builder.registry import push
from builder.registry.push import Pushed

KINDS = {"application/vnd.cyclonedx+json", "application/vnd.in-toto+json"}


@pytest.fixture(scope="module")
def host(engine: Engine, sources: MemberSources) -> Iterator[Registry]:
    assert sources.host is not None
    registry = Registry(engine, sources.base_reference, sources.host)
    yield registry
    registry.remove()


@pytest.fixture(scope="module")
def small(engine: Engine) -> Iterator[Reference]:
    """An image of one small file."""
    packed, name = io.BytesIO(), secrets.token_hex(4)
    with tarfile.open(fileobj=packed, mode="w") as tar:
        tar.addfile(tarfile.TarInfo(name))
    image = Reference("test-attest", name)
    engine.client.api.import_image_from_data(packed.getvalue(), image.repository, image.tag)
    yield image
    engine.client.images.remove(str(image))


@pytest.fixture
def registry(host: Registry, small: Reference, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Registry:
    """Logged in to, by a store of credentials of this test alone.

    What is sent there is the small image: compressing the other takes a minute, and adds nothing to what is
    said about it.
    """
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path / "docker"))
    host.login()
    send = push.push
    monkeypatch.setattr(push, "push", lambda _, registry, engine: send(small, registry, engine))
    return host


@pytest.fixture
def cosign(
    engine: Engine, sources: MemberSources, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Path]:
    """cosign on PATH, and a key of this test's; the private key's path."""
    assert sources.host is not None
    image = debian_with("cosign", engine, sources.base_reference, sources.host)
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "cosign").symlink_to(Path(__file__).parent / "cosign.sh")
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    monkeypatch.setenv("COSIGN_IMAGE", image)
    subprocess.run(["cosign", "generate-key-pair"], cwd=tmp_path, check=True, capture_output=True)
    yield tmp_path / "cosign.key"
    engine.client.images.remove(image)


def _push(registry: Registry, wishes: PublishOptions) -> Pushed:
    return publish_target("base", registry.host, LOCAL, wishes)


def test_sbom_and_provenance_are_attached_and_name_the_image(built_base: Built, registry: Registry) -> None:
    pushed = _push(registry, PublishOptions(attest=True))
    command: list[str | Path] = [go_programs.oras(built_base.versions), "discover", "--plain-http"]
    command += ["--format", "json", pushed.deploy]
    listed = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    assert {one["artifactType"] for one in listed["referrers"]} == KINDS
    raw = push.manifest(pushed.deploy, built_base.engine)
    assert "layers" in json.loads(raw), "the image itself is no plain manifest any more"


def test_cosign_verifies_what_was_signed_and_no_other_image(
    built_base: Built, registry: Registry, cosign: Path
) -> None:
    pushed = _push(registry, PublishOptions(sign=True, key=str(cosign)))
    public = ["--key", str(cosign.with_suffix(".pub")), "--insecure-ignore-tlog", "--allow-http-registry"]
    _cosign("verify", *public, pushed.deploy)
    for kind in ("cyclonedx", "slsaprovenance1"):
        _cosign("verify-attestation", *public, "--type", kind, pushed.deploy)
    other = push.push(built_base.plan.reference, f"{registry.host}/other", built_base.engine)
    with pytest.raises(subprocess.CalledProcessError):
        _cosign("verify", *public, other.deploy)


def _cosign(*arguments: str) -> None:
    subprocess.run(["cosign", *arguments], check=True, capture_output=True)


def test_without_cosign_the_image_is_there_and_the_remedy_is_said(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.which", lambda _: None)
    with pytest.raises(TailboxError, match=r"cosign is not installed\n.*the image is pushed, unsigned"):
        _push(registry, PublishOptions(sign=True))
