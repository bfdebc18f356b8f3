"""The renderer: the same bytes, one word per value, nothing secret, nothing undefined."""

from __future__ import annotations

import dataclasses
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jinja2 import UndefinedError

from builder.core import paths
from builder.lock.source_lock import BuildLock
from builder.pipeline.plan import make_plan
from builder.pipeline.workspace import Workspace
from builder.render.render import Files, render, write_files
from builder.resolve.sources import SourceBuild
from builder.targets.target import catalogue

TEMPLATES = paths.data("templates")
PLAN = make_plan("base", Workspace.open())


def files(name: str) -> Files:
    return render(make_plan(name, Workspace.open()), TEMPLATES)


@pytest.mark.parametrize("name", catalogue())
def test_rendering_twice_gives_the_same_bytes(name: str) -> None:
    assert files(name) == files(name)


def test_what_builds_wheels_is_a_stage_beside_the_image() -> None:
    build = BuildLock("./My_ext", framework=True, nvcc=False, pins=())
    source = SourceBuild(build, None, (), (), 2, {}, ())
    made = render(dataclasses.replace(PLAN, sources=(source,)), TEMPLATES)
    dockerfile = made["Dockerfile"].decode()
    stages = re.findall(r"(?m)^FROM (\S+) AS (\S+)$", dockerfile)
    assert stages[-2:] == [("system", "toolchain"), ("system", "node")]
    assert "from=built" in dockerfile.split("AS node")[1]
    assert "g++" not in dockerfile.split("AS node")[1]
    assert b"sources/built" in made["docker-bake.json"]
    assert "locks/build-my-ext.txt" in made
    assert b"built" not in files("base")["Dockerfile"]


@pytest.mark.parametrize("name", ["base", "cuda-pytorch"])
def test_another_process_with_another_hash_seed_renders_the_same(name: str, tmp_path: Path) -> None:
    env = {"PYTHONHASHSEED": "7", "PATH": "", "PYTHONPATH": str(paths.PROJECT)}
    command = [sys.executable, "-m", "builder", "render", name]
    subprocess.run(command, cwd=tmp_path, env=env, check=True, capture_output=True)
    written = {
        str(path.relative_to(tmp_path / "build" / name)): path.read_bytes()
        for path in (tmp_path / "build" / name).rglob("*")
        if path.is_file()
    }
    assert written == files(name)


@pytest.mark.parametrize("name", catalogue())
def test_the_bake_file_builds_exactly_this_target(name: str) -> None:
    bake = json.loads(files(name)["docker-bake.json"])
    assert bake["group"]["default"]["targets"] == [name]
    assert bake["target"][name]["tags"] == [str(make_plan(name, Workspace.open()).reference)]


@pytest.mark.parametrize("name", catalogue())
def test_every_wheel_is_fetched_and_installed(name: str) -> None:
    plan = make_plan(name, Workspace.open())
    dockerfile = files(name)["Dockerfile"].decode().split("LABEL")[0]
    for program in ("fetch.sh", "install.sh"):
        assert dockerfile.count(f"sh /run/{program} /run/lock.txt") == len(plan.environments)


@pytest.mark.parametrize("program", ["fetch.sh", "install.sh"])
def test_wheels_come_by_hash_and_without_their_dependencies(program: str) -> None:
    assert "--no-deps --require-hashes" in (paths.data("templates") / "wheels" / program).read_text()


@pytest.mark.parametrize("name", catalogue())
def test_no_step_that_takes_secrets_stands_on_wheels(name: str) -> None:
    """BuildKit before 0.16 would read all of them; only late Debian packages and hooks need the network."""
    final = files(name)["Dockerfile"].decode().split("FROM debian AS system")[1].split("\nRUN ")
    taking = [step for step in final if "type=secret" in step]
    assert all("apt-get install" in step or "/run/hook.sh" in step for step in taking)


@pytest.mark.parametrize("name", catalogue())
def test_the_image_declares_no_port_and_no_secret(name: str) -> None:
    dockerfile = files(name)["Dockerfile"].decode()
    assert "EXPOSE" not in dockerfile
    assert "HTTP_PROXY" not in dockerfile
    assert "AUTHKEY" not in dockerfile


def test_writing_sets_modes_and_removes_what_is_no_longer_rendered(tmp_path: Path) -> None:
    write_files({"node/run": b"#!/bin/sh\n", "node/data": b"x"}, tmp_path)
    write_files({"node/run": b"#!/bin/sh\n"}, tmp_path)
    assert [path.name for path in (tmp_path / "node").iterdir()] == ["run"]
    assert (tmp_path / "node/run").stat().st_mode & 0o777 == 0o755


def test_a_name_the_template_does_not_know_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "node").mkdir()
    (tmp_path / "Dockerfile.j2").write_text("{{ plan.tga }}")
    with pytest.raises(UndefinedError, match="tga"):
        render(make_plan("base", Workspace.open()), tmp_path)


@settings(max_examples=100, deadline=None)
@given(st.text(st.characters(exclude_characters="\x00\n\r", exclude_categories=["Cs"])))
def test_any_value_of_env_stays_one_line_and_one_quoted_word(value: str) -> None:
    plan = dataclasses.replace(PLAN, env={"MINE": value})
    dockerfile = render(plan, TEMPLATES)["Dockerfile"].decode()
    line = next(line for line in dockerfile.split("\n") if line.startswith("ENV MINE="))
    assert unquoted(line.removeprefix("ENV MINE=")) == value


def unquoted(word: str) -> str:
    """What BuildKit makes of a double-quoted word; fails on anything that would expand or end it."""
    assert word[0] == word[-1] == '"'
    inner, out, n = word[1:-1], [], 0
    while n < len(inner):
        if inner[n] == "\\":
            assert inner[n + 1] in '\\"$'
            n += 1
        else:
            assert inner[n] not in '"$'
        out.append(inner[n])
        n += 1
    return "".join(out)


def test_what_the_target_decides_reaches_the_node() -> None:
    plan = dataclasses.replace(PLAN, target="mine", ssh="sshd", jupyter=False)
    written = json.loads(render(plan, TEMPLATES)["node/etc/defaults.json"])
    assert written == {"ssh": "sshd", "jupyter": False}


def _stages(dockerfile: str) -> list[tuple[str, str]]:
    """Each stage of a Dockerfile with the one that it stands on, in the order of the file."""
    return re.findall(r"(?m)^FROM (\S+) AS (\S+)$", dockerfile)


def out_of_order(dockerfile: str) -> list[str]:
    """The image's own stages that a sibling follows: BuildKit would give the image the sibling's history."""
    stages = _stages(dockerfile)
    parents = {name: parent for parent, name in stages}
    own = [stages[-1][1]]
    while own[-1] in parents:
        own.append(parents[own[-1]])
    last = dict(stages)
    return [name for name in own if name in parents and last[parents[name]] != name]


@pytest.mark.parametrize("name", catalogue())
def test_no_other_stage_writes_its_history_into_the_image(name: str) -> None:
    assert out_of_order(files(name)["Dockerfile"].decode()) == []


def test_a_sibling_that_comes_later_is_out_of_order() -> None:
    assert out_of_order("FROM base AS a\nFROM a AS b\nFROM a AS c\nFROM b AS d\n") == ["b"]
