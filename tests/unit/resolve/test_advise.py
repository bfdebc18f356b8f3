"""A target and a machine: what is known of it, what is not, and a way out that was tried."""

from __future__ import annotations

from pathlib import Path

import pytest

from builder.core.errors import InvalidInputError
from builder.pipeline.advise import advise_on_machine
from builder.resolve import machine
from builder.resolve.advise import Advice, advise
from builder.targets.target import load_target
from tests.kit.facts import FACTS, IMAGES, WORKSPACE
from tools.reports import as_text

NVIDIA = "python: '3.12'\nfrom: nvidia/cuda:"


def ask(folder: Path, text: str, gpu: str | None = None, driver: str | None = None) -> Advice:
    file = folder / "mine.yaml"
    file.write_text(f"description: x\n{text}")
    return advise_on_machine(str(file), gpu, driver, WORKSPACE)


def asked(folder: Path, text: str, gpu: str, driver: str | None = None) -> str:
    return as_text(ask(folder, text, gpu, driver))


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("packages: {pip: [torch]}\n", "write framework: torch"),
        ("packages: {pip: [vllm==0.18.1]}\n", "write framework: vllm"),
        ("packages: {pip: ['jax[cuda12]']}\n", "write framework: jax"),
        ("packages: {pip: ['tensorflow[and-cuda]']}\n", "write framework: tensorflow"),
        ("packages: {pip: [cupy-cuda12x]}\n", "write framework: cuda-toolkit"),
        ("python: '3.12'\nfrom: pytorch/pytorch:latest\n", "nvidia/cuda"),
        (f"{NVIDIA}14.0.0-base-ubuntu24.04\n", "take a tag for a CUDA that is known: 11.7"),
        (f"{NVIDIA}13.5.0-base-ubuntu24.04\n", "take a tag for a CUDA that is known: 11.7"),
        (f"{NVIDIA}12.8.1-base-ubuntu24.04\npackages: {{pip: [torch]}}\n", "write framework: torch"),
    ],
)
def test_what_cannot_be_told_is_not_known(tmp_path: Path, text: str, remedy: str) -> None:
    advice = ask(tmp_path, text, "RTX 4090", "595.1")
    assert advice.serves is None
    assert [remedy in problem.remedy for problem in advice.problems] == [True], as_text(advice)
    assert advice.problems[0].where is not None
    assert "not known" in advice.problems[0].what


def test_requirements_beside_the_file_count(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("torch==2.10.0\n")
    advice = ask(tmp_path, "requirements: requirements.txt\n", "GTX 1080", "470")
    assert (advice.serves, advice.problems[0].remedy) == (None, "write framework: torch")


@pytest.mark.parametrize("text", ["packages: {pip: [numpy]}\n", "python: '3.12'\nfrom: ubuntu:24.04\n"])
def test_an_image_without_cuda_serves_every_machine(tmp_path: Path, text: str) -> None:
    advice = ask(tmp_path, text, "GTX 1080", "470")
    assert (advice.serves, [v.reason for v in advice.verdicts]) == (True, ["the image holds no CUDA"])


@pytest.mark.parametrize(
    ("tag", "gpu", "driver", "expected"),
    [
        ("12.8.1-base-ubuntu24.04", "GTX 1080", "595.1", "is served by drivers up to 580; 595.1 dropped it"),
        ("12.8.1-base-ubuntu24.04", "T4", "418.1", "needs driver >= 525"),
        ("13.5.0-base-ubuntu24.04", "RTX 4090", "470", "needs driver >= 580"),
    ],
)
def test_the_cuda_of_a_base_has_its_driver_floor(
    tmp_path: Path, tag: str, gpu: str, driver: str, expected: str
) -> None:
    advice = ask(tmp_path, f"{NVIDIA}{tag}\n", gpu, driver)
    assert advice.serves is False
    assert expected in as_text(advice)
    assert all(str(problem.where).endswith("mine.yaml:3") for problem in advice.problems)


@pytest.mark.parametrize(
    ("tag", "gpu", "serves", "expected"),
    [
        ("12.8.1-base-ubuntu24.04", "RTX 4090", True, "CUDA 12.8 compiles for sm_89"),
        ("11.7.1-base-ubuntu22.04", "RTX 4090", True, "CUDA 11.7 compiles for sm_86"),
        ("13.0.1-base-ubuntu24.04", "GTX 1080", False, "CUDA 13 serves GPUs from sm_75 on"),
        ("11.8.0-base-ubuntu22.04", "RTX 5090", None, "CUDA 11.8 is older than RTX 5090 (sm_120)"),
    ],
)
def test_the_cuda_of_a_base_knows_some_gpus(
    tmp_path: Path, tag: str, gpu: str, serves: bool | None, expected: str
) -> None:
    advice = ask(tmp_path, f"{NVIDIA}{tag}\n", gpu)
    assert advice.serves is serves
    assert expected in as_text(advice)


def test_nvidias_condition_on_the_driver_is_told_as_what_may_be(tmp_path: Path) -> None:
    advice = ask(tmp_path, f"{NVIDIA}12.8.1-base-ubuntu24.04\n", "RTX 4090", "550.1")
    (problem,) = advice.problems
    assert "may refuse to start below driver 570" in problem.what
    assert "NVIDIA_REQUIRE_CUDA" in problem.what
    assert str(problem.where).endswith("mine.yaml:3")


def test_what_is_advised_instead_of_from_is_whole(tmp_path: Path) -> None:
    advice = ask(tmp_path, f"{NVIDIA}12.8.1-base-ubuntu24.04\n", "RTX 4090", "550.1")
    assert advice.problems[0].remedy == (
        'remove `from` and write python: "3.13", and write framework: cuda-toolkit and cuda: "12" '
        "(gives cuda-toolkit 12.9.2.0, CUDA 12.9); or update the driver to >= 570"
    )


@pytest.mark.parametrize(
    ("written", "remedy"),
    [
        ("jax[cuda12]", 'write framework: jax and cuda: "12"'),
        ("jax[cuda12]<1", 'write framework: jax<1 and cuda: "12"'),
        ("tensorflow[and-cuda]", 'write framework: tensorflow and cuda: "12"'),
        ("vllm[audio]", "write framework: vllm, and vllm[audio] into packages.pip"),
        ("jax[tpu]==0.12.0.1", "write framework: jax==0.12.0.1, and jax[tpu] into packages.pip"),
        ("torch; python_version < '3'", "write framework: torch"),
        ("pytorch", "known: torch, jax, tensorflow, vllm, cuda-toolkit"),
    ],
)
def test_a_framework_is_a_known_name_and_a_version(tmp_path: Path, written: str, remedy: str) -> None:
    (problem,) = ask(tmp_path, f'framework: "{written}"\n', "RTX 4090", "595.1").problems
    assert problem.remedy == remedy
    with pytest.raises(InvalidInputError) as caught:
        WORKSPACE.select(str(tmp_path / "mine.yaml"))
    assert problem in caught.value.problems


@pytest.mark.parametrize(("key", "value"), [("cuda", "'12'"), ("gpus", "[sm_120]")])
def test_what_no_framework_heeds_is_as_text(tmp_path: Path, key: str, value: str) -> None:
    (problem,) = ask(tmp_path, f"{key}: {value}\n", "RTX 4090").problems
    assert f"`{key}` says nothing without a `framework`" in problem.what
    assert problem.remedy == f"write framework: cuda-toolkit, or remove `{key}`"
    with pytest.raises(InvalidInputError, match=r"mine\.yaml:2"):
        WORKSPACE.select(str(tmp_path / "mine.yaml"))


def test_what_no_plan_takes_serves_no_machine(tmp_path: Path) -> None:
    advice = ask(tmp_path, "framework: torch\npython: '3.9'\n", "RTX 4090", "595.1")
    assert advice.serves is False
    assert "Python 3.9 is none of those that an image can have" in as_text(advice)


def test_a_cuda_that_stands_in_the_way_is_part_of_the_change(tmp_path: Path) -> None:
    said = asked(tmp_path, "framework: torch\ncuda: '12.8'\n", "P100", "580.1")
    assert 'write framework: torch==2.7.1 and cuda: "12.6" (gives torch 2.7.1, CUDA 12.6)' in said


def test_no_python_is_advised_that_a_node_refuses() -> None:
    known = FACTS
    wanted, host = load_target("cuda-tensorflow", IMAGES), machine.parse("H100", "560.35", known.compat)
    unbuilt = tuple(r.model_copy(update={"built": None}) for r in known.compat.frameworks["tensorflow"])
    frameworks = {**known.compat.frameworks, "tensorflow": unbuilt}
    told = advise(
        wanted,
        host,
        known.model_copy(update={"compat": known.compat.model_copy(update={"frameworks": frameworks})}),
    )
    assert told.problems[0].remedy == "update the driver to >= 575"


def test_where_no_single_change_serves_a_release_to_begin_with_is_named(tmp_path: Path) -> None:
    said = asked(tmp_path, "framework: torch\n", "GTX 1080 Ti", "595.1")
    assert 'no single change serves this; begin with framework: torch==2.7.1 and cuda: "12.6"' in said


def test_the_target_of_the_catalogue_that_serves_is_named() -> None:
    (problem,) = advise_on_machine("cuda-pytorch", "V100", "580.1", WORKSPACE).problems
    assert problem.remedy == "take cuda-pytorch-cu12 (gives torch 2.10.0, CUDA 12.8)"
    (problem,) = advise_on_machine("cuda-diffusers", "RTX 3060", "570.1", WORKSPACE).problems
    assert problem.remedy.startswith("take cuda-diffusers-cu12 (")


def test_a_target_of_the_catalogue_is_changed_in_a_file_of_ones_own() -> None:
    (problem,) = advise_on_machine("cuda-devel", "P100", "580.1", WORKSPACE).problems
    assert problem.remedy.startswith('write cuda: "12"')
    assert problem.remedy.endswith("in a file of your own that says `extends: cuda-devel`")


@pytest.mark.parametrize("card", ["GB10", "GH200", "NVIDIA GB200", "GB300", "sm_121"])
@pytest.mark.parametrize("text", ["framework: torch\n", "packages: {pip: [numpy]}\n"])
def test_an_arm_host_runs_no_image_of_ours(tmp_path: Path, card: str, text: str) -> None:
    advice = ask(tmp_path, text, card, "595.1")
    assert advice.serves is False
    assert "host is arm64, images are linux/amd64" in as_text(advice)
    assert "take a machine with an x86-64 processor" in advice.problems[0].remedy


@pytest.mark.parametrize("driver", ["555.42", "560.35", "574.1"])
def test_ptx_needs_the_driver_of_the_cuda_that_made_it(tmp_path: Path, driver: str) -> None:
    advice = ask(tmp_path, "framework: tensorflow\n", "H100", driver)
    assert advice.serves, as_text(advice)
    assert "a driver of CUDA 12.5 (>= 555) compiles" in as_text(advice)


@pytest.mark.parametrize(
    ("text", "gpu"),
    [
        ("framework: jax\ncuda: '12'\n", "V100"),
        ("framework: jax\ncuda: '12'\n", "GTX 1080"),
        ("framework: tensorflow\n", "P100"),
    ],
)
def test_a_gpu_that_a_frameworks_libraries_dropped_is_not_served(tmp_path: Path, text: str, gpu: str) -> None:
    advice = ask(tmp_path, text, gpu, "580.1")
    assert advice.serves is False
    assert "cuDNN 9.11 and newer dropped Maxwell, Pascal and Volta" in as_text(advice)
    listed = ask(tmp_path, f"{text}gpus: [sm_70]\n")
    assert "sm_70: cuDNN 9.11 and newer" in as_text(listed)
