"""What cleaning does to the engine's images, by a label of the test's own."""

from __future__ import annotations

import io
import secrets
from collections.abc import Callable, Iterator

import pytest

from builder.engine.client import Engine
from builder.pipeline.clean import remove_images
from builder.prove.tailnet.run_labels import Run

LABEL = f"dev.tailbox.test-{secrets.token_hex(4)}"


@pytest.fixture
def made(engine: Engine) -> Iterator[Callable[[str], str]]:
    """Makes an image of the label under a name, by default without anything in it; its id."""
    ids = []

    def make(name: str, parent: str = "scratch") -> str:
        text = f'FROM {parent}\nLABEL {LABEL}="{name}"\nCMD ["none"]\n'
        image, _ = engine.client.images.build(fileobj=io.BytesIO(text.encode()), tag=name, rm=True)
        ids.append(str(image.id))
        return ids[-1]

    yield make
    for one in reversed(ids):
        if engine.image(one):
            engine.client.images.remove(one, force=True)


def test_ours_goes_one_that_inherits_stays_and_one_in_use_is_told(
    engine: Engine, made: Callable[[str], str], capsys: pytest.CaptureFixture[str]
) -> None:
    mark = secrets.token_hex(4)
    gone, used, theirs = (made(f"{name}:{mark}") for name in ("tailbox/test", "tailbox/used", "test-theirs"))
    engine.client.images.get(gone).tag("tailbox/test", f"{mark}-too")
    container = engine.client.containers.create(used, name=f"tailbox-test-{mark}", labels=Run.new().labels)
    try:
        remove_images(engine.client, LABEL)
    finally:
        container.remove()
    assert engine.image(gone) is None
    assert engine.image(used)
    assert engine.image(theirs)
    said = " ".join(capsys.readouterr().err.split())
    assert f"kept tailbox/used:{mark}: docker rm --force {container.name} lets it go" in said
