"""What a change costs: the layers that are made again, each with the input that changed."""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from builder.core import labels, paths
from builder.core.errors import InvalidInputError
from builder.lock import lockfiles
from builder.lock.pins import compare_pins, parse_pins
from builder.pipeline.plan import make_plan
from builder.pipeline.workspace import Workspace
from builder.render.layer_diff import ABOVE, Rebuilt, compare
from builder.render.layers import Layer, layers_from_label, layers_to_label
from builder.render.render import planned_layers, render
from builder.resolve.plan import Plan
from builder.resolve.resolve import resolve, select
from builder.targets.lock_files import lock_files
from builder.targets.target import load_target

TEMPLATES = paths.data("templates")
PLAN = make_plan("cuda-pytorch", Workspace.open())


def made(plan: Plan) -> tuple[Layer, ...]:
    return planned_layers(plan, TEMPLATES)


NOW = made(PLAN)


def with_wheel(layer: str, line: str) -> Plan:
    """The plan with one wheel more in a layer."""
    wheels = tuple(
        dataclasses.replace(one, pins=(*one.pins, *parse_pins(line))) if one.name == layer else one
        for one in PLAN.wheels
    )
    return dataclasses.replace(PLAN, wheels=wheels)


def test_nothing_changed_costs_nothing() -> None:
    assert compare(NOW, made(PLAN), [1] * len(NOW)) == ()


def test_one_wheel_more_costs_its_layer_and_those_above_that_are_not_linked() -> None:
    wanted = made(with_wheel("packages", "polars==1.2.3 \\\n    --hash=sha256:00\n"))
    rebuilt = compare(NOW, wanted, [10] * len(NOW))
    assert rebuilt[0].why == "+ polars 1.2.3"
    assert "locks/packages.txt" in rebuilt[0].title
    assert all(layer.why == "lies above a layer that is made again" for layer in rebuilt[1:])
    assert not any(layer.title.startswith("COPY") for layer in rebuilt)
    assert len(rebuilt) < len(NOW) / 2


def test_a_wheel_by_its_address_is_named_by_it() -> None:
    wanted = made(with_wheel("packages", "words @ https://a.example/words-3.8-py3-none-any.whl\n"))
    (first, *_) = compare(NOW, wanted, [10] * len(NOW))
    assert first.why == "+ words https://a.example/words-3.8-py3-none-any.whl"


def test_another_framework_wheel_leaves_cuda_alone() -> None:
    wanted = made(with_wheel("framework", "triton-extra==1 \\\n    --hash=sha256:00\n"))
    titles = [layer.title for layer in compare(NOW, wanted, [None] * len(NOW))]
    assert "locks/framework.txt" in titles[0]
    assert not any("locks/cuda" in title for title in titles)


def above(rebuilt: Sequence[Rebuilt]) -> list[str]:
    """The layers that are made again only because they lie above another: RUNs, no wheels of a framework."""
    titles = [layer.title for layer in rebuilt if layer.why == ABOVE]
    assert not any(title.startswith("COPY") or "locks/framework" in title for title in titles)
    return titles


def changed(path: str, folder: Path) -> tuple[Layer, ...]:
    """The layers where one file of the templates says something else."""
    templates = Path(shutil.copytree(TEMPLATES, folder / "templates"))
    with (templates / path).open("a") as file:
        file.write("other\n")
    return planned_layers(PLAN, templates)


def test_a_changed_file_of_the_node_costs_its_copy_and_what_runs_above_it(tmp_path: Path) -> None:
    path = next(path for path in render(PLAN, TEMPLATES) if path.startswith("node/services/"))
    first, *others = compare(NOW, changed(path, tmp_path), [5] * len(NOW))
    assert (first.title, first.why) == ("COPY node/services /opt/tailbox/services", f"other content: {path}")
    assert len(above(others)) == len(others) > 0


@pytest.mark.parametrize("program", ["tailscale", "session"])
def test_a_program_that_comes_from_elsewhere_is_an_input_of_its_layer(program: str) -> None:
    contexts = {**PLAN.contexts, program: "another"}
    first, *others = compare(NOW, made(dataclasses.replace(PLAN, contexts=contexts)), [5] * len(NOW))
    assert first.title.startswith(f"COPY --from={program} ")
    assert first.why == f"other content: {program}"
    assert len(above(others)) == len(others) > 0


def test_the_source_of_the_session_shell_is_an_input_of_its_layer(tmp_path: Path) -> None:
    first, *_ = compare(NOW, changed("session/main.go", tmp_path), [5] * len(NOW))
    assert first.why == "other content: session"


def test_templates_that_name_no_stage_are_refused(tmp_path: Path) -> None:
    """Those of a revision before templates did."""
    shutil.copytree(TEMPLATES, tmp_path, dirs_exist_ok=True)
    (tmp_path / "Dockerfile.j2").write_text("FROM base\n")
    with pytest.raises(InvalidInputError, match="do not name their stages"):
        planned_layers(PLAN, tmp_path)


def test_every_layer_has_a_name() -> None:
    assert all(layer.name for layer in NOW)


def test_another_base_costs_everything_that_stands_on_it() -> None:
    other = {**PLAN.contexts, "base": "trixie debian:trixie-slim@sha256:00"}
    rebuilt = compare(NOW, made(dataclasses.replace(PLAN, contexts=other)), [1] * len(NOW))
    assert rebuilt[0].why == "other content: base"
    assert len(rebuilt) == sum(not step.linked for step in NOW)


def test_the_base_of_a_plan_is_the_locked_one_or_the_targets_own(tmp_path: Path) -> None:
    mine = tmp_path / "mine.yaml"
    mine.write_text("extends: base\ndescription: mine\nfrom: debian:13\n")
    digest = "debian:trixie-slim@sha256:00"
    wanted, known = load_target("base"), Workspace.open().facts
    pins = lockfiles.read(lock_files(wanted, known.versions))
    assert (
        resolve(select(wanted, known), known, dataclasses.replace(pins, base=digest)).contexts["base"]
        == f"trixie {digest}"
    )
    assert resolve(select(load_target(str(mine)), known), known, pins).contexts["base"] == "debian:13"


def test_a_debian_package_of_a_target_costs_nothing_of_cuda_and_the_framework() -> None:
    rebuilt = compare(NOW, made(dataclasses.replace(PLAN, extra_apt=("ffmpeg",))), [1] * len(NOW))
    assert "ffmpeg" in rebuilt[0].title
    assert not any(f"locks/{name}" in layer.title for layer in rebuilt for name in ("cuda", "framework"))


def test_a_debian_package_of_every_target_costs_everything_that_stands_on_it() -> None:
    rebuilt = compare(NOW, made(dataclasses.replace(PLAN, apt=(*PLAN.apt, "ffmpeg"))), [1] * len(NOW))
    assert rebuilt[0].why in ("another instruction", "is new")
    python, *above = NOW
    assert "install -y -qq --no-install-recommends python3;" in python.title
    assert len(rebuilt) == sum(not step.linked for step in above)


def test_the_image_says_what_its_layers_are() -> None:
    dockerfile = render(PLAN, TEMPLATES)["Dockerfile"].decode()
    last = dockerfile.rstrip().split("\n")[-1]
    assert last.startswith(f"LABEL {labels.STEPS}=")
    assert layers_from_label(layers_to_label(NOW)) == NOW


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("a==1\nb==2\n", "a==1\nb==2\n", []),
        ("a==1\n", "a==1.1\n", [("a", "1", "1.1")]),
        ("a==9\n", "a==10\n", [("a", "9", "10")]),
        ("a==1\n", "b==1\n", [("a", "1", ""), ("b", "", "1")]),
        ("", "a==1\n", [("a", "", "1")]),
    ],
)
def test_two_locks_are_compared_by_package(old: str, new: str, expected: list[tuple[str, str, str]]) -> None:
    rows = compare_pins(parse_pins(old), parse_pins(new))
    assert [dataclasses.astuple(row) for row in rows] == expected
