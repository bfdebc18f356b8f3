"""Beyond one machine: several targets in one run, and a second builder that finds the first one's layers."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bench import spread
from builder import catalog, workflow
from builder.engine import Engine
from builder.prove import MemberSources
from builder.target_file import Hooks
from builder.workflow import Built
from tests.image.registry import Registry


@pytest.fixture
def registry(
    engine: Engine, sources: MemberSources, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Registry]:
    """A registry that one is logged in to, by a store of credentials of this test alone."""
    assert sources.host is not None
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path / "docker"))
    registry = Registry(engine, sources.base_reference, sources.host)
    registry.login()
    yield registry
    registry.remove()


def test_a_second_builder_takes_the_layers_of_the_first(
    built_base: Built, engine: Engine, registry: Registry
) -> None:
    plan = catalog.plan("base")
    first, second, third = spread.measure(plan, built_base.versions, engine, registry)
    assert second.pushed.digest == first.pushed.digest
    assert second.pushed.reference != first.pushed.reference
    assert first.sent > 100
    assert second.sent + second.got < 5, "layers went over the network"
    assert second.kept < first.kept / 5, "the second builder holds layers: it built or pulled them"
    assert third.pushed.digest != first.pushed.digest
    assert third.got > 100, "the third builder made lower layers again instead of pulling them"


def test_a_step_that_two_targets_share_runs_once(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A step that draws a number comes out the same in both."""
    file = f"/etc/{secrets.token_hex(4)}"
    chance = Hooks(after_system=(f"cat /proc/sys/kernel/random/uuid > {file}",))
    base = catalog.plan("base")
    plans = {
        name: replace(base, target=name, tag=base.tag.replace("/base:", f"/{name}:"), hooks=chance)
        for name in ("twin-a", "twin-b")
    }
    monkeypatch.setattr(catalog, "plan", lambda name, **_: plans[name])
    monkeypatch.chdir(tmp_path)
    try:
        one, two = (built.image.id for built in workflow.build_all(list(plans)))
        assert one != two
        drawn = {
            engine.client.containers.run(image, [file], entrypoint="cat", network_mode="none", remove=True)
            for image in (one, two)
        }
        assert len(drawn) == 1
    finally:
        for plan in plans.values():
            engine.client.images.remove(plan.tag, force=True)
