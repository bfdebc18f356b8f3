"""A push from a named builder: verified like any other, and never with a lock that nobody could compare."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from builder.build.builders import Builder
from builder.core.errors import InvalidInputError
from builder.engine.client import Engine
from builder.pipeline import publish
from builder.pipeline.build import Prepared
from builder.pipeline.publish import PublishOptions
from builder.registry import push
from builder.registry.push import PushError

pytestmark = pytest.mark.unit

RAW = json.dumps({"config": {"digest": "sha256:config"}, "layers": [{"size": 7}]}).encode()
DIGEST = f"sha256:{hashlib.sha256(RAW).hexdigest()}"
PREPARED = cast(
    Prepared,
    SimpleNamespace(plan=SimpleNamespace(target="base", tag="tailbox/base:py3"), folder=Path("build/base")),
)
ENGINE = cast(Engine, None)


def _push(monkeypatch: pytest.MonkeyPatch, held: bytes) -> push.Pushed:
    """Let a builder report that it pushed the image of `RAW`, to a registry that shows `held`."""

    def bake(_folder: Path, _engine: Engine, options: list[str]) -> None:
        image = {"containerimage.digest": DIGEST, "containerimage.config.digest": "sha256:config"}
        Path(options[options.index("--metadata-file") + 1]).write_text(json.dumps({"base": image}))

    monkeypatch.setattr(publish, "bake_with_retry", bake)
    monkeypatch.setattr(push, "manifest", lambda *_: held)
    return publish.push_from_builder(PREPARED, "ghcr.io/you", Builder("far"), ENGINE)


def test_what_a_builder_pushed_is_named_by_the_digest_that_the_registry_holds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pushed = _push(monkeypatch, RAW)
    assert pushed == push.Pushed("ghcr.io/you/base:py3", DIGEST, f"ghcr.io/you/base@{DIGEST}", 1, 7)


def test_another_image_than_the_builder_pushed_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(PushError, match="the registry holds sha256:"):
        _push(monkeypatch, RAW + b" ")


def test_a_lock_that_nobody_can_compare_is_refused_before_anything_is_built(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(publish, "connect_or_install", lambda: pytest.fail("an engine was asked"))
    with pytest.raises(InvalidInputError, match="--locked cannot hold for an image that a named builder"):
        publish.publish_target("base", "ghcr.io/you", Builder("far"), PublishOptions(), require_locked=True)
