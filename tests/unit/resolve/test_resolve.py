"""The resolver: the newest release that fits, one CUDA, and both sides of each conflict named."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest

from builder.core.errors import InvalidInputError
from builder.facts.compute_capability import code_for
from builder.lock import lockfiles
from builder.lock.lockfiles import Lock
from builder.lock.pins import parse_pins
from builder.pipeline.plan import make_plan
from builder.pipeline.workspace import Workspace
from builder.resolve import cuda
from builder.resolve.plan import Plan
from builder.resolve.resolve import resolve, select
from builder.targets.target import Target, catalogue, load_target
from tests.kit.facts import FACTS, IMAGES, WORKSPACE


def make(tmp_path: Path, text: str) -> Target:
    (tmp_path / "mine.yaml").write_text(f"description: x\n{text}")
    return load_target("mine", tmp_path)


def locked(name: str) -> Lock:
    return lockfiles.read(WORKSPACE.lock_files(load_target(name, IMAGES)))


def resolved(name: str, lock: Lock) -> Plan:
    return resolve(WORKSPACE.select(name), FACTS, lock)


@pytest.mark.parametrize(
    ("text", "torch", "cuda_version"),
    [
        ("framework: torch\ngpus: [sm_75, sm_120]\n", "2.15.0", "13.2"),
        ("framework: torch\ngpus: [sm_89]\n", "2.15.0", "13.2"),
        ("framework: torch\ncuda: '12'\ngpus: [sm_120]\n", "2.10.0", "12.8"),
        ("framework: torch\ngpus: [sm_70]\n", "2.10.0", "12.8"),
        ("framework: torch\ngpus: [sm_60]\n", "2.7.1", "12.6"),
        ("framework: torch<2.15\ngpus: [sm_86]\n", "2.14.1", "13.0"),
        ("framework: torch\ncuda: '13.0'\ngpus: [sm_86]\n", "2.14.1", "13.0"),
    ],
)
def test_the_newest_release_that_fits(tmp_path: Path, text: str, torch: str, cuda_version: str) -> None:
    release = select(make(tmp_path, text), FACTS).release
    assert release is not None
    assert (release.version, release.cuda) == (torch, cuda_version)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "framework: torch\ngpus: [sm_60, sm_120]\n",
            r"2\.8\.0 \(CUDA 12\.8\) \(8 releases\): holds no machine code for sm_60",
        ),
        (
            "framework: torch\ncuda: '11.8'\n",
            r"torch 2\.7\.1 \(CUDA 12\.6\): is built for CUDA 12\.6, the target asks for 11\.8",
        ),
        (
            "framework: torch<2.10\ncuda: '13'\n",
            r"\.\.\. 2\.10\.0 \(CUDA 12\.8\) \(6 releases\): the target asks for <2\.10",
        ),
        ("framework: torch==2.9.0\n", r"no known release of torch is ==2\.9\.0; did you mean 2\.9\.1"),
        ("framework: torch==2.1.0\n", r"did you mean 2\.1\.2\?"),
        ("framework: torch==1.12.1\n", r"did you mean 1\.13\.1\?"),
        ("framework: torch==9.0\n", r"no known release of torch is ==9\.0\n"),
        (
            "framework: torch\npython: '3.6'\n",
            r"torch 2\.15\.0 \(CUDA 13\.2\).*: has no wheel for Python 3\.6",
        ),
        ("framework: trch\n", "unknown framework 'trch'; did you mean torch"),
    ],
)
def test_what_fits_nothing_is_told_for_each_release(tmp_path: Path, text: str, expected: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        select(make(tmp_path, text), FACTS)
    assert re.search(expected, str(caught.value))
    assert "mine.yaml:2" in str(caught.value)


@pytest.mark.parametrize(
    ("text", "first", "second"),
    [
        (
            "framework: torch\npackages: {pip: ['jax[cuda12]']}\n",
            "jax[cuda12] brings CUDA 12",
            "torch brings CUDA 13",
        ),
        (
            "framework: torch\npackages: {pip: [nvidia-nccl-cu12]}\n",
            "nvidia-nccl-cu12 brings CUDA 12",
            "CUDA 13",
        ),
        (
            "packages: {pip: ['jax[cuda13]', 'tensorflow[and-cuda]']}\n",
            "brings CUDA 12",
            "jax[cuda13] brings CUDA 13",
        ),
    ],
)
def test_two_cudas_are_refused_and_both_named(tmp_path: Path, text: str, first: str, second: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        select(make(tmp_path, text), FACTS)
    assert first in str(caught.value)
    assert second in str(caught.value)
    assert "mine.yaml:" in str(caught.value)


def test_one_cuda_by_two_requirements_is_fine(tmp_path: Path) -> None:
    wanted = make(tmp_path, "framework: torch\npackages: {pip: ['jax[cuda13]', nvidia-nccl-cu13]}\n")
    assert "jax[cuda13]" in select(wanted, FACTS).requirements


@pytest.mark.parametrize(
    ("gpu", "archs", "expected"),
    [
        ("sm_89", ("sm_80", "sm_86", "sm_90"), "sm_86"),
        ("sm_90", ("sm_80", "sm_86"), None),
        ("sm_120", ("sm_90", "sm_100"), None),
        ("sm_100", ("sm_90", "sm_100", "sm_120"), "sm_100"),
        ("sm_86", ("sm_89",), None),
    ],
)
def test_machine_code_runs_within_its_major_version(
    gpu: str, archs: tuple[str, ...], expected: str | None
) -> None:
    assert code_for(gpu, archs) == expected


def test_cuda_pytorch_is_planned_with_reasons() -> None:
    wanted = make_plan("cuda-pytorch", WORKSPACE)
    assert str(wanted.reference) == "tailbox/cuda-pytorch:2.15.0-cu13.2-py3.13-ts1.102.3"
    assert wanted.archs == ("sm_75", "sm_80", "sm_86", "sm_90", "sm_120")
    assert wanted.driver == 580
    assert [layer.name for layer in wanted.wheels] == [
        "kernel",
        "cuda-math",
        "cuda-dnn",
        "cuda",
        "framework",
        "libraries",
        "packages",
    ]
    assert all(choice.reason for choice in wanted.choices)


def test_base_has_no_cuda() -> None:
    wanted = make_plan("base", WORKSPACE)
    assert (wanted.cuda, wanted.driver, wanted.framework) == (None, None, None)
    assert [layer.name for layer in wanted.wheels] == ["kernel", "packages"]


@pytest.mark.parametrize("name", catalogue())
def test_every_wheel_of_a_lock_is_in_one_layer(name: str) -> None:
    today = Workspace.open()
    packages = [pin for layer in make_plan(name, today).wheels for pin in layer.pins]
    assert sorted(map(str, packages)) == sorted(
        map(str, lockfiles.read(today.lock_files(load_target(name))).venv)
    )


def test_a_lock_that_lacks_something_names_it_and_the_command() -> None:
    pins = locked("cuda-pytorch")
    without = tuple(pin for pin in pins.venv if pin.name != "torch")
    with pytest.raises(
        InvalidInputError, match=r"does not hold torch==2\.15\.0\n  do: tailbox lock cuda-pytorch"
    ):
        resolved("cuda-pytorch", dataclasses.replace(pins, venv=without))


def test_an_empty_lock_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="the lock of base does not hold ipykernel"):
        resolved("base", Lock((), ()))


def test_a_second_cuda_that_came_with_a_wheel_is_refused() -> None:
    pins = locked("cuda-pytorch")
    intruder = parse_pins("nvidia-cublas-cu12==12.8.4.1 \\\n    --hash=sha256:00\n")
    with pytest.raises(InvalidInputError, match="CUDA 12 by nvidia-cublas-cu12, CUDA 13 by the framework"):
        resolved("cuda-pytorch", dataclasses.replace(pins, venv=pins.venv + intruder))


def test_a_python_that_nobody_brings_is_refused(tmp_path: Path) -> None:
    with pytest.raises(
        InvalidInputError,
        match=r"mine.yaml:2: Python 3\.9 is none of .*\n  do: write one of 3\.10, 3\.11, 3\.12",
    ):
        select(make(tmp_path, "python: '3.9'\n"), FACTS)


def test_driver_floor_is_the_highest_of_cuda_and_gpus() -> None:
    cu12 = next(r for r in FACTS.compat.frameworks["torch"] if r.cuda_major == "12")
    assert cuda.driver_floor(("sm_86",), cu12, FACTS.compat) == 525
    assert cuda.driver_floor(("sm_86", "sm_120"), cu12, FACTS.compat) == 570


@pytest.mark.parametrize(
    ("text", "kernels"),
    [
        ("packages: {pip: [ipykernel]}\n", ["ipykernel==%s"]),
        ("packages: {pip: [ipykernel, 'ipykernel==6.30']}\n", ["ipykernel==6.30"]),
        ("packages: {pip: ['IPyKernel>=6']}\n", ["IPyKernel>=6"]),
    ],
)
def test_the_users_word_on_the_kernel_counts(tmp_path: Path, text: str, kernels: list[str]) -> None:
    asked = select(make(tmp_path, text), FACTS).requirements
    ours = FACTS.versions.ipykernel
    assert list(asked) == [kernel.replace("%s", ours) for kernel in kernels]


def test_an_older_python_gets_the_last_kernel_for_it(tmp_path: Path) -> None:
    assert select(make(tmp_path, "python: '3.10'\n"), FACTS).requirements == ("ipykernel==7.3.0",)


OLD_TORCH = "from: python:3.11-slim-bookworm\npython: '3.11'\nframework: torch==2.2.2\ngpus: [sm_86]\n"


def test_an_old_release_binds_what_it_was_built_against(tmp_path: Path) -> None:
    old = select(make(tmp_path, OLD_TORCH), FACTS)
    assert old.target.constraints == ("numpy<2",)
    (choice,) = (choice for choice in old.choices if choice.what == "numpy")
    assert (choice.value, choice.reason) == ("<2", "torch <2.3 was compiled for NumPy 1")
    lock = Lock(parse_pins("".join(f"{text}\n" for text in (*old.requirements, "numpy==2.1.0"))), ())
    with pytest.raises(InvalidInputError, match="does not hold numpy<2"):
        resolve(old, FACTS, lock)
    new = select(make(tmp_path, OLD_TORCH.replace("2.2.2", "2.3.1")), FACTS)
    assert "numpy" not in [choice.what for choice in new.choices]
    assert new.target.constraints == ()
