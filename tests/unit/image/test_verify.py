"""Images that are refused: each loses its tag, the one before gets it back, and all problems are told."""

from __future__ import annotations

import dataclasses
from types import SimpleNamespace
from typing import Any, cast

import pytest

from builder.build.base_image import BaseImage
from builder.core.errors import TailboxError
from builder.image import verify
from builder.image.contents import Contents
from builder.lock.debian import BASE, DebianLockMismatchError
from builder.pipeline.build import verify_all
from builder.pipeline.plan import make_plan
from builder.pipeline.workspace import Workspace
from tests.kit.engine import FakeImages, fake_engine

PLAN = make_plan("base", Workspace.open())
BASE_IMAGE = "debian:trixie-slim@sha256:1"
LOCK = {BASE: BASE_IMAGE, "curl": "1"}
CONTENTS = Contents(
    python=PLAN.python,
    full_python=PLAN.pythons.full,
    tailscale=PLAN.tailscale,
    framework="",
    cuda="",
    archs=(),
    wheels={pin.name: str(pin.version) for layer in PLAN.wheels for pin in layer.pins},
    debian={"curl": "1"},
)


def hold(
    images: FakeImages, before: dict[str, str], refused: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Verify three images, of which those in `refused` hold another Debian package than locked."""
    engine = fake_engine(images=images)
    monkeypatch.setattr(verify, "read_contents", lambda *_: CONTENTS)
    names = ["a", "b", "c"]
    prepared = [
        SimpleNamespace(
            plan=dataclasses.replace(PLAN, debian_lock={**LOCK, name: "1"} if name in refused else LOCK),
            contexts=SimpleNamespace(base=BaseImage(BASE_IMAGE)),
        )
        for name in names
    ]
    built = [SimpleNamespace(tag=name, id=name) for name in names]
    verify_all(names, cast(Any, prepared), cast(Any, built), before, engine, require_locked=True)


def test_what_is_replaced_goes_once_all_is_well(monkeypatch: pytest.MonkeyPatch) -> None:
    images = FakeImages({"old": [], "new": ["a"], "same": ["b"], "other": ["c"]})
    hold(images, {"a": "old", "b": "same"}, set(), monkeypatch)
    assert images.tags == {"new": ["a"], "same": ["b"], "other": ["c"]}


def test_all_are_held_and_what_had_the_tag_has_it_again(monkeypatch: pytest.MonkeyPatch) -> None:
    images = FakeImages({"old": [], "new": ["a"], "other": ["b"], "gone": [], "last": ["c"]})
    with pytest.raises(TailboxError, match=r"(?s)a 1 -> \(gone\).*c 1 -> \(gone\)"):
        hold(images, {"a": "old", "b": "gone"}, {"a", "c"}, monkeypatch)
    assert images.tags == {"old": ["a"], "other": ["b"]}


def test_one_that_was_here_already_does_not_get_its_tag_back(monkeypatch: pytest.MonkeyPatch) -> None:
    images = FakeImages({"same": ["a", "too"], "b": ["b"], "c": ["c"]})
    with pytest.raises(DebianLockMismatchError):
        hold(images, {"a": "same"}, {"a"}, monkeypatch)
    assert images.tags == {"same": ["too"], "b": ["b"], "c": ["c"]}
