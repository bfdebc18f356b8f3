"""What decides about a wheel that is built, and the settings of its build."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from builder.core.errors import InvalidInputError
from builder.lock.lockfiles import Lock
from builder.lock.pins import parse_pins
from builder.lock.source_lock import BuildLock
from builder.resolve.resolve import resolve, select
from builder.resolve.sources import SourceBuild, source_builds
from tests.kit.facts import FACTS
from tests.unit.targets.user_target import own

_PINS = parse_pins(f"flash-attn==2.8.3 --hash=sha256:{'1' * 64}\nnumpy==2.0 --hash=sha256:{'2' * 64}\n")
_FLASH = BuildLock("flash-attn", framework=True, nvcc=True, pins=())
_EXT = BuildLock("./ext", framework=False, nvcc=True, pins=())


def _builds(folder: Path, text: str, lock: Lock) -> tuple[SourceBuild, ...]:
    target = own(folder, text)
    return source_builds(target, select(target, FACTS).release, lock, FACTS)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "ext"
    folder.mkdir()
    (folder / "setup.py").write_text("pass\n")
    return folder


def test_code_is_built_for_the_targets_gpus_as_each_build_system_reads_them(tmp_path: Path) -> None:
    packages = "{pip: [flash-attn], from_source: [flash-attn]}"
    text = f"extends: cuda-pytorch\ngpus: [sm_86, sm_120]\npackages: {packages}\n"
    (build,) = _builds(tmp_path, text, Lock(_PINS, (), builds=(_FLASH,)))
    assert build.settings["TORCH_CUDA_ARCH_LIST"] == "8.6;12.0"
    assert build.settings["CUDAARCHS"] == "86-real;120-real"
    assert build.gpus == ("sm_86", "sm_120")
    assert build.stands_on == ("python 3.13", "torch 2.15.0", "cuda 13.2")
    assert build.source == "1" * 64


def test_a_wheel_is_built_again_for_another_source_python_gpu_or_compiler_and_for_nothing_else(
    tmp_path: Path, project: Path
) -> None:
    text = "extends: cuda\ngpus: [sm_86]\npackages: {from_source: [./ext]}\n"
    lock = Lock(_PINS, (), builds=(_EXT,))
    (first,) = _builds(tmp_path, text, lock)
    (same,) = _builds(tmp_path, f"{text}env: {{A: '1'}}\n", replace(lock, venv=_PINS[:1]))
    assert same.key == first.key
    (gpu,) = _builds(tmp_path, text.replace("sm_86", "sm_90"), lock)
    pins = parse_pins("setuptools==1\n")
    (tools,) = _builds(tmp_path, text, replace(lock, builds=(replace(_EXT, pins=pins),)))
    (project / "setup.py").write_text("changed\n")
    (source,) = _builds(tmp_path, text, lock)
    assert len({first.key, gpu.key, tools.key, source.key}) == 4


def test_what_is_to_be_built_and_is_not_locked_is_named(tmp_path: Path, project: Path) -> None:
    target = own(tmp_path, "packages: {from_source: [./ext]}\n")
    assert project.is_dir()
    with pytest.raises(InvalidInputError, match=r"does not hold the build of \./ext"):
        resolve(select(target, FACTS), FACTS, Lock((), ()))
