"""Images that are refused: each loses its tag, the one before gets it back, and all problems are told."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any, cast

import pytest
from docker.errors import ImageNotFound

from builder.build.bake import Image
from builder.build.contexts import BuildContexts
from builder.core import console, labels
from builder.core.errors import TailboxError
from builder.engine.client import Engine
from builder.image import verify
from builder.image.contents import Contents
from builder.image.verify import ImageMismatchError
from builder.lock.debian import BASE, DebianLockMismatchError
from builder.pipeline.build import Prepared, verify_all
from builder.pipeline.plan import make_plan
from builder.pipeline.workspace import Workspace

pytestmark = pytest.mark.unit


@dataclass
class Images:
    """An engine's images by id, each with its tags."""

    tags: dict[str, list[str]] = field(default_factory=dict)

    def get(self, name: str) -> Any:
        for id_, tags in self.tags.items():
            if name == id_ or name in tags:
                return SimpleNamespace(id=id_, tags=tags, labels={labels.TARGET: "x"}, tag=tags.append)
        raise ImageNotFound(name)

    def remove(self, name: str, **_: object) -> None:
        found = self.get(name)
        if name in found.tags:
            found.tags.remove(name)
        if not found.tags:
            del self.tags[found.id]


PLAN = replace(make_plan("base", Workspace.open()), debian_lock={BASE: "debian@sha256:1", "curl": "8.14"})
SOURCES = cast(BuildContexts, SimpleNamespace(base="docker-image://debian@sha256:1"))
CONTENTS = Contents(
    python=PLAN.python,
    tailscale=PLAN.tailscale,
    framework="",
    cuda="",
    archs=(),
    wheels=dict(pin.split("==") for layer in PLAN.wheels for pin in layer.packages),
    debian={"curl": "8.14"},
)


def image(tag: str) -> Image:
    return cast(Image, SimpleNamespace(id=tag, tag=tag))


def verify_images(
    images: Images, before: dict[str, str], refused: set[str], monkeypatch: pytest.MonkeyPatch
) -> list[Contents]:
    """Verify three images that hold the same; the plan of a refused one promises another tag."""
    engine = Engine(cast(Any, SimpleNamespace(images=images)), "", "", "", cast(Any, None))
    monkeypatch.setattr(verify, "read_contents", lambda *_: CONTENTS)
    names = ["a", "b", "c"]
    plans = [replace(PLAN, tag=f"tailbox/{name}:false") if name in refused else PLAN for name in names]
    prepared = [cast(Prepared, SimpleNamespace(plan=plan, sources=SOURCES)) for plan in plans]
    return verify_all(names, prepared, [image(name) for name in names], before, engine, require_locked=True)


def test_what_is_replaced_goes_once_all_is_well(monkeypatch: pytest.MonkeyPatch) -> None:
    images = Images({"old": [], "new": ["a"], "same": ["b"], "other": ["c"]})
    assert verify_images(images, {"a": "old", "b": "same"}, set(), monkeypatch) == [CONTENTS] * 3
    assert images.tags == {"new": ["a"], "same": ["b"], "other": ["c"]}


def test_all_are_held_and_what_had_the_tag_has_it_again(monkeypatch: pytest.MonkeyPatch) -> None:
    images = Images({"old": [], "new": ["a"], "other": ["b"], "gone": [], "last": ["c"]})
    told = r"(?s)what was built is not tailbox/a:false.*what was built is not tailbox/c:false"
    with pytest.raises(TailboxError, match=told):
        verify_images(images, {"a": "old", "b": "gone"}, {"a", "c"}, monkeypatch)
    assert images.tags == {"old": ["a"], "other": ["b"]}


def test_one_that_was_here_already_does_not_get_its_tag_back(monkeypatch: pytest.MonkeyPatch) -> None:
    images = Images({"same": ["a", "too"], "b": ["b"], "c": ["c"]})
    with pytest.raises(ImageMismatchError, match="by its contents it is tailbox/base:"):
        verify_images(images, {"a": "same"}, {"a"}, monkeypatch)
    assert images.tags == {"same": ["too"], "b": ["b"], "c": ["c"]}


@pytest.mark.parametrize(
    ("debian", "base", "row"),
    [({"curl": "8.15"}, "debian@sha256:1", "curl 8.14 -> 8.15"), ({}, "debian@sha256:2", "sha256:2")],
)
def test_other_packages_or_another_base_are_named_and_refused_by_locked(
    debian: dict[str, str], base: str, row: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    contents = CONTENTS.model_copy(update={"debian": {"curl": "8.14", **debian}})
    monkeypatch.setattr(verify, "read_contents", lambda *_: contents)
    notes: list[str] = []
    monkeypatch.setattr(console, "note", notes.append)
    sources = cast(BuildContexts, SimpleNamespace(base=f"docker-image://{base}"))
    arguments = ("base", PLAN, image("a"), sources, cast(Engine, None))
    with pytest.raises(DebianLockMismatchError, match=row):
        verify.verify(*arguments, require_locked=True)
    assert verify.verify(*arguments, require_locked=False) == contents
    assert [row in note for note in notes] == [True]
