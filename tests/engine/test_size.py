"""The compressed size: what the layers really compress to, measured once."""

from __future__ import annotations

import secrets
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import zstandard

from builder.engine import layer_sizes
from builder.engine.layer_sizes import compressed_size
from builder.pipeline.build import Built


@pytest.fixture(params=["small", pytest.param("target", marks=pytest.mark.deep)])
def tag(request: pytest.FixtureRequest, built_base: Built) -> Iterator[str]:
    """Debian with one more layer, or the base target, which takes a minute to compress."""
    if request.param == "target":
        yield built_base.image.tag
        return
    name = f"tailbox/test-size:{secrets.token_hex(4)}"
    base = built_base.contexts.base.removeprefix("docker-image://")
    text = f"FROM {base}\nRUN cp -r /usr/bin /copy\n"
    command = ["docker", "buildx", "build", "--load", "--tag", name, "-"]
    subprocess.run(command, input=text, text=True, check=True, capture_output=True)
    yield name
    built_base.engine.client.images.remove(name, force=True)


def test_the_sizes_add_up_to_what_a_registry_would_hold(
    built_base: Built, tag: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    image = built_base.engine.client.images.get(tag)
    measured = compressed_size(image, built_base.engine)
    saved = subprocess.run(["docker", "save", tag], capture_output=True, check=True).stdout
    whole = len(zstandard.ZstdCompressor(level=3, threads=-1).compress(saved))
    assert measured == pytest.approx(whole, rel=0.02)


def test_a_known_layer_is_not_measured_again(built_base: Built, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layer_sizes, "_measure", lambda *_: pytest.fail("measured again"))
    image = built_base.engine.client.images.get(built_base.image.tag)
    assert compressed_size(image, built_base.engine) == built_base.image.compressed
