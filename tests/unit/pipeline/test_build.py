"""What a build refuses: an image that is not what its tag says, and with `--locked` other Debian packages."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from builder.build.bake import Image
from builder.build.base_image import BaseImage
from builder.build.builders import Builder
from builder.build.contexts import BuildContexts
from builder.core import console
from builder.core.errors import TailboxError
from builder.core.reference import Reference
from builder.engine.client import Engine
from builder.image import size_budget, verify
from builder.image.contents import Contents
from builder.image.file_sizes import SizeNode
from builder.image.oci_packages import Packages
from builder.image.size_budget import Budget, SizeBudgetError
from builder.image.verify import ImageMismatchError
from builder.lock.debian import BASE, DebianLockMismatchError, read_debian_lock
from builder.pipeline import build, prove, publish, relock_debian, reproduce
from builder.pipeline.plan import make_plan
from builder.pipeline.publish import PublishOptions
from builder.pipeline.workspace import Workspace
from tests.kit.engine import FakeImages, fake_engine

PLAN = make_plan("base", Workspace.open())
DEBIAN_BASE = BaseImage("debian:trixie-slim@sha256:1")
LOCK = {BASE: "debian:trixie-slim@sha256:1", "curl": "8.14.1-2 sha256:aa"}
NEWER = {"curl": "8.14.1-3 sha256:bb"}
IMAGE = Image("tailbox/base:1", "sha256:1", 100, 40, 1.0, False)


def _contents(**changes: Any) -> Contents:
    truth: dict[str, Any] = {
        "python": PLAN.python,
        "full_python": PLAN.pythons.full,
        "tailscale": PLAN.tailscale,
        "framework": "",
        "cuda": "",
        "archs": (),
        "wheels": {pin.name: str(pin.version) for layer in PLAN.wheels for pin in layer.pins},
        "debian": {"curl": "8.14.1-2 sha256:aa"},
    }
    return Contents(**{**truth, **changes})


@pytest.fixture
def plan(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The plan of base with a lock of two rows; the image answers what is true."""
    monkeypatch.setattr(verify, "read_contents", lambda *_: _contents())
    return dataclasses.replace(PLAN, debian_lock=LOCK)


def _verify(plan: Any, base: BaseImage = DEBIAN_BASE, *, require_locked: bool = False) -> Contents:
    contexts = cast(BuildContexts, SimpleNamespace(base=base))
    return verify.verify("base", plan, IMAGE, contexts, cast(Any, None), require_locked=require_locked)


def test_an_image_that_is_what_it_should_be_passes_in_either_way(plan: Any) -> None:
    assert _verify(plan) == _verify(plan, require_locked=True) == _contents()


def test_an_image_is_asked_whether_it_is_what_its_tag_says(
    plan: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verify, "read_contents", lambda *_: _contents(python="3.9"))
    with pytest.raises(ImageMismatchError, match=r"by its contents it is tailbox/base:py3.9"):
        _verify(plan)


def test_newer_debian_packages_are_named_and_with_locked_refused(
    plan: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    notes: list[str] = []
    monkeypatch.setattr(console, "note", notes.append)
    monkeypatch.setattr(verify, "read_contents", lambda *_: _contents(debian=NEWER))
    assert _verify(plan).debian == NEWER
    assert notes == ["Debian's packages are not those of the lock: curl 8.14.1-2 -> 8.14.1-3"]
    with pytest.raises(DebianLockMismatchError, match=r"curl 8.14.1-2 -> 8.14.1-3"):
        _verify(plan, require_locked=True)


def test_another_base_is_another_debian(plan: Any) -> None:
    with pytest.raises(DebianLockMismatchError, match=r"sha256:1 -> .*sha256:2"):
        _verify(plan, BaseImage(DEBIAN_BASE.image.replace("sha256:1", "sha256:2")), require_locked=True)


def test_the_images_of_every_target_are_verified(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each image that was built goes to `verify` with what the command was told."""
    prepared = SimpleNamespace(plan=PLAN, contexts=SimpleNamespace(base=DEBIAN_BASE))

    def connect() -> Engine:
        created = {"Created": "2026-01-01T00:00:00Z"}
        return fake_engine(images=FakeImages({IMAGE.id: [IMAGE.tag]}, attrs=created))

    monkeypatch.setattr(build, "connect_or_install", connect)
    monkeypatch.setattr(build, "prepare", lambda *_, **__: prepared)
    monkeypatch.setattr(build, "bake_folder", lambda _: None)
    monkeypatch.setattr(build, "build_images", lambda *_: [IMAGE])
    monkeypatch.setattr(verify, "read_contents", lambda *_: _contents(debian=NEWER))
    (built,) = build.build_targets(["base"])
    assert built.contents.debian == NEWER
    with pytest.raises(DebianLockMismatchError):
        build.build_targets(["base"], require_locked=True)
    monkeypatch.setattr(verify, "read_contents", lambda *_: _contents(tailscale="0"))
    with pytest.raises(ImageMismatchError):
        build.build_targets(["base"])


def test_a_lock_of_debian_has_the_base_and_every_package(
    plan: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = tmp_path / "base.debian.txt"
    workspace = SimpleNamespace(
        select=lambda _: SimpleNamespace(target=None), lock_files=lambda _: SimpleNamespace(debian=lock)
    )
    built = SimpleNamespace(
        workspace=workspace,
        plan=plan,
        contents=_contents(debian=NEWER),
        contexts=SimpleNamespace(base=DEBIAN_BASE),
        engine=None,
    )
    monkeypatch.setattr(relock_debian, "build_target", lambda _: built)
    relocked = relock_debian.relock_debian("base")
    assert read_debian_lock(lock) == {BASE: LOCK[BASE], **NEWER}
    assert relocked.path == lock
    assert any("8.14.1-3" in line for line in relocked.lines())


def test_an_image_over_its_budget_is_not_proven(monkeypatch: pytest.MonkeyPatch) -> None:
    built = SimpleNamespace(image=IMAGE, engine=None, plan=PLAN)
    tree = SizeNode("/", 100_000_000, ())
    monkeypatch.setattr(prove, "build_target", lambda *_, **__: built)
    monkeypatch.setattr(prove, "prove_image", lambda *_, **__: pytest.fail("was proven"))
    monkeypatch.setattr(prove, "proof_plan", lambda _: pytest.fail("was proven"))
    monkeypatch.setattr(size_budget, "read", lambda _: Budget(99, 40, {}))
    monkeypatch.setattr("builder.image.file_sizes.measure", lambda *_: tree)
    with pytest.raises(SizeBudgetError, match=r"base is over its size budget(?s:.*)\+100 MB  /"):
        prove.prove_target("base")


@pytest.fixture
def builder(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A named builder whose image holds newer packages than the lock; the outputs that it is asked for."""
    outputs: list[str] = []
    prepared = SimpleNamespace(
        plan=SimpleNamespace(target="base", reference=Reference("base", "1"), base=None, debian_lock=LOCK),
        folder=None,
        contexts=SimpleNamespace(base=DEBIAN_BASE),
    )

    def bake(_folder: object, _engine: object, options: list[str]) -> None:
        outputs.append(next(option for option in options if ".output=" in option))

    for module in (publish, reproduce):
        monkeypatch.setattr(module, "connect_or_install", lambda: None)
        monkeypatch.setattr(module, "plan_for_build", lambda *_: None)
        monkeypatch.setattr(module, "prepare", lambda *_, **__: prepared)
        monkeypatch.setattr(module, "bake_with_retry", bake)
        monkeypatch.setattr(module, "packages", lambda _: Packages({}, NEWER))

    def push(*_: object) -> SimpleNamespace:
        outputs.append("pushed")
        return SimpleNamespace(deploy="r.example/base@sha256:1")

    monkeypatch.setattr(publish, "from_builder", push)
    return outputs


def test_a_named_builder_pushes_nothing_that_locked_refuses(builder: list[str]) -> None:
    with pytest.raises(DebianLockMismatchError, match=r"8.14.1-3"):
        publish.publish_target("base", "r.example", Builder("far"), PublishOptions(), require_locked=True)
    assert [output.partition("type=")[2][:3] for output in builder] == ["oci"]
    publish.publish_target("base", "r.example", Builder("far"), PublishOptions())
    assert builder[1:] == ["pushed"]


def test_reproduce_refuses_with_locked_what_build_refuses(builder: list[str]) -> None:
    with pytest.raises(DebianLockMismatchError, match=r"8.14.1-3"):
        reproduce.reproduce_target("base", "far", require_locked=True)
    assert len(builder) == 2


def test_what_a_builder_pushed_is_verified(monkeypatch: pytest.MonkeyPatch) -> None:
    """The builder says what it pushed; the registry holds something else."""

    def bake(_folder: object, _engine: object, options: list[str]) -> None:
        pushed = '{"base": {"containerimage.digest": "sha256:1", "containerimage.config.digest": "sha256:2"}}'
        Path(options[options.index("--metadata-file") + 1]).write_text(pushed)

    monkeypatch.setattr(publish, "bake_with_retry", bake)
    monkeypatch.setattr("builder.registry.push.manifest", lambda *_: b'{"layers": []}')
    prepared = SimpleNamespace(
        plan=SimpleNamespace(target="base", reference=Reference("base", "1")), folder=None
    )
    with pytest.raises(TailboxError, match="the registry holds sha256:"):
        publish.from_builder(cast(Any, prepared), "r.example", Builder("far"), cast(Any, None))
