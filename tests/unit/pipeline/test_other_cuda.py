"""A requirement of another CUDA is refused with the package that brings the target's, which was tried."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

from builder.core.errors import InvalidInputError, Problem, TailboxError
from builder.pipeline import other_cuda
from tests.kit.facts import WORKSPACE


def refused(
    folder: Path, requirement: str, known: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> tuple[Problem, list[str]]:
    """The problem of a target, with a uv that knows some requirements; and what it was asked for."""
    asked: list[str] = []

    def compiled(requirements: Iterable[str], *_others: object, sources: object, excludes: object) -> str:
        assert (sources, excludes) == ({}, ())
        asked.append([*requirements][-1])
        if asked[-1] not in known:
            raise TailboxError(Problem("no set of wheels fits"))
        return f"{known[asked[-1]]}\n"

    monkeypatch.setattr(other_cuda, "compile_requirements", compiled)
    file = folder / "mine.yaml"
    file.write_text(f"extends: cuda-pytorch\npackages: {{pip: ['{requirement}']}}\n")
    with pytest.raises(InvalidInputError) as caught:
        WORKSPACE.select(str(file))
    (problem,) = caught.value.problems
    return problem, asked


def test_the_variant_for_the_targets_cuda_is_named_with_its_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = {"cupy-cuda13x": "cupy-cuda13x==14.2.0"}
    problem, asked = refused(tmp_path, "cupy-cuda12x==13.4", known, monkeypatch)
    assert problem.what == "two CUDAs: cupy-cuda12x==13.4 brings CUDA 12, torch brings CUDA 13"
    said = "write cupy-cuda13x instead of cupy-cuda12x==13.4 (tried: gives cupy-cuda13x==14.2.0)"
    assert problem.remedy == said
    assert asked == ["cupy-cuda13x==13.4", "cupy-cuda13x"]


def test_an_extra_is_changed_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    known = {"jax[cuda13,k8s]": "jax==0.9"}
    problem, _ = refused(tmp_path, "jax[k8s,cuda12]", known, monkeypatch)
    assert problem.remedy.startswith("write jax[cuda13,k8s] instead of jax[k8s,cuda12] (tried")


@pytest.mark.parametrize("requirement", ["cupy-cuda12x", "tensorflow[and-cuda]"])
def test_without_a_variant_the_target_takes_the_other_cuda(
    requirement: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    problem, _ = refused(tmp_path, requirement, {}, monkeypatch)
    assert problem.remedy == "write extends: cuda-pytorch-cu12 (gives torch 2.10.0, CUDA 12.8)"
