"""An image whose tag a new build took goes, unless something still holds it."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from builder.build.bake import build
from builder.engine.images import remove_untagged, tagged_images
from builder.pipeline.build import Built
from builder.prove.tailnet.run_labels import Run

OURS = 'LABEL dev.tailbox.target="thing"'


@pytest.fixture
def tag(built_base: Built) -> Iterator[str]:
    name = f"tailbox/test-replaced:{secrets.token_hex(4)}"
    yield name
    built_base.engine.client.images.remove(name, force=True)


def made(folder: Path, tag: str, label: str, built: Built) -> str:
    """The id of an image that no build made before."""
    (folder / "Dockerfile").write_text(f"FROM base\nRUN echo {secrets.token_hex(8)} > /thing\n{label}\n")
    target = {"context": ".", "contexts": {"base": built.contexts.base}, "tags": [tag]}
    (folder / "docker-bake.json").write_text(json.dumps({"target": {"default": target}}))
    before = tagged_images([tag], built.engine)
    new = build(folder, tag, built.engine).id
    remove_untagged(before.values(), built.engine)
    return new


def test_the_replaced_image_goes(tmp_path: Path, tag: str, built_base: Built) -> None:
    first = made(tmp_path, tag, OURS, built_base)
    second = made(tmp_path, tag, OURS, built_base)
    assert built_base.engine.image(first) is None
    assert built_base.engine.image(second)


def test_an_image_with_another_tag_or_a_container_or_of_others_stays(
    tmp_path: Path, tag: str, built_base: Built
) -> None:
    client = built_base.engine.client
    kept, theirs = f"{tag}-kept", ""
    first = made(tmp_path, tag, OURS, built_base)
    client.images.get(first).tag(kept)
    second = made(tmp_path, tag, OURS, built_base)
    container = client.containers.create(second, "true", labels=Run.new().labels)
    try:
        theirs = made(tmp_path, tag, "", built_base)
        made(tmp_path, tag, OURS, built_base)
        assert all(built_base.engine.image(image) for image in (first, second, theirs))
    finally:
        container.remove()
        for image in (kept, second, theirs):
            client.images.remove(image)
