"""Beyond one machine: several targets in one run, and a second builder that finds the first one's layers."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bench import spread
from bench.registry import Registry, debian_with
from builder.build import base_image, go_programs
from builder.build.bake import build
from builder.build.builders import Builder, remote
from builder.engine.client import Engine
from builder.pipeline import build as pipeline_build
from builder.pipeline.build import Built, build_targets
from builder.pipeline.plan import make_plan
from builder.pipeline.workspace import Workspace
from builder.prove import MemberSources
from builder.targets.schema import Hooks

_CREATE = ("docker", "buildx", "create")


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


@pytest.mark.deep
def test_a_second_builder_takes_the_layers_of_the_first(
    built_base: Built, engine: Engine, registry: Registry
) -> None:
    plan = make_plan("base", Workspace.open())
    first, second, third = spread.measure(plan, built_base.workspace, engine, registry)
    assert second.pushed.digest == first.pushed.digest
    assert second.pushed.reference != first.pushed.reference
    assert first.sent > 100
    assert second.sent + second.got < 5, "layers went over the network"
    assert second.kept < first.kept / 5, "the second builder holds layers: it built or pulled them"
    assert third.pushed.digest != first.pushed.digest
    assert third.got > 100, "the third builder made lower layers again instead of pulling them"


@pytest.fixture
def in_a_container(built_base: Built, sources: MemberSources) -> Iterator[str]:
    """A builder of buildx's driver `docker-container`, whose BuildKit is not pulled but made here."""
    assert sources.host is not None
    client, name = built_base.engine.client, f"tailbox-{os.getpid()}-{secrets.token_hex(4)}"
    runc = debian_with("runc", built_base.engine, sources.base_reference, sources.host)
    image = f"tailbox/test-buildkit:{name}"
    dockerfile = 'FROM runc\nCOPY buildkitd buildctl /usr/bin/\nENTRYPOINT ["buildkitd"]\n'
    command = ["docker", "buildx", "build", "--load", "--tag", image, "--file", "-"]
    command += [
        "--build-context",
        f"runc=docker-image://{runc}",
        str(go_programs.buildkit(built_base.versions)),
    ]
    subprocess.run(command, input=dockerfile, text=True, check=True, capture_output=True)
    try:
        options = ["--name", name, "--driver", "docker-container", "--driver-opt", f"image={image}"]
        subprocess.run([*_CREATE, *options], check=True, capture_output=True)
        yield name
    finally:
        subprocess.run(["docker", "buildx", "rm", name], capture_output=True)
        for tag in (image, runc):
            client.images.remove(tag, force=True)


def test_a_builder_in_a_container_builds_into_this_engine(
    in_a_container: str, built_base: Built, tmp_path: Path
) -> None:
    tag = f"tailbox/test-from-container:{secrets.token_hex(4)}"
    context = base_image.for_daemon(built_base.contexts.base, built_base.engine)
    (tmp_path / "Dockerfile").write_text("FROM base\nRUN echo here > /made\n")
    target = {"context": ".", "contexts": {"base": context}, "tags": [tag]}
    (tmp_path / "docker-bake.json").write_text(json.dumps({"target": {"default": target}}))
    image = build(tmp_path, tag, built_base.engine, Builder(in_a_container))
    client = built_base.engine.client
    try:
        made = client.containers.run(image.id, ["/made"], entrypoint="cat", network_mode="none", remove=True)
        assert made == b"here\n"
    finally:
        client.images.remove(tag, force=True)
    asked = subprocess.run(["docker", "buildx", "inspect", in_a_container], capture_output=True, text=True)
    assert "docker-container" in asked.stdout
    assert built_base.versions.buildkit in asked.stdout, "another BuildKit built it"


@pytest.mark.usefixtures("engine")
def test_the_builder_of_a_killed_command_is_forgotten_by_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    gone = subprocess.Popen(["true"])
    gone.wait()
    names = {
        "left": f"tailbox-{gone.pid}-0badcafe",
        "held": f"tailbox-{os.getpid()}-0badcafe",
        "theirs": f"tailbox-{gone.pid}-team",
    }
    for name in names.values():
        subprocess.run([*_CREATE, "--name", name, "--driver", "remote", "tcp://127.0.0.1:9"], check=True)
    with remote("tcp://127.0.0.1:9") as made:
        kept = {file.name for file in (tmp_path / "buildx" / "instances").iterdir()}
    assert kept == {names["held"], names["theirs"], made}
    assert not (tmp_path / "buildx" / "instances" / made).exists()


def test_a_step_that_two_targets_share_runs_once(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A step that draws a number comes out the same in both."""
    file = f"/etc/{secrets.token_hex(4)}"
    chance = Hooks(after_system=(f"cat /proc/sys/kernel/random/uuid > {file}",))
    base_plan = make_plan("base", Workspace.open())
    plans = {name: replace(base_plan, target=name, hooks=chance) for name in ("twin-a", "twin-b")}
    monkeypatch.setattr(pipeline_build, "plan_for_build", lambda name, _: plans[name])
    monkeypatch.chdir(tmp_path)
    try:
        one, two = (built.image.id for built in build_targets(list(plans)))
        assert one != two
        drawn = {
            engine.client.containers.run(image, [file], entrypoint="cat", network_mode="none", remove=True)
            for image in (one, two)
        }
        assert len(drawn) == 1
    finally:
        for plan in plans.values():
            engine.client.images.remove(str(plan.reference), force=True)
