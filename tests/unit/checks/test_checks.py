"""The checks of Python, PyTorch and Triton against installations that are broken in one way each.

The real packages are asked by the proof of the image.
"""

from __future__ import annotations

import sys
from pathlib import Path
from types import MappingProxyType

import pytest

from tests.unit.checks.installation import DRIVER, PYTHON, TORCH, Files, run, write

_FOUND = f"{sys.version_info.major}.{sys.version_info.minor}"


def test_another_python_than_promised_is_named(tmp_path: Path) -> None:
    done = run(tmp_path, "python")
    assert (done.returncode, done.stderr) == (1, f"Python 3.99 was promised, found {_FOUND}\n")


def test_another_environment_than_the_users_is_named(tmp_path: Path) -> None:
    done = run(tmp_path, "python", python=_FOUND)
    assert done.returncode == 1
    assert done.stderr.startswith("the session's python is not /opt/venv's but /")


def fake_torch(site: Path, lie: str = "", others: Files = MappingProxyType({})) -> None:
    """A torch that keeps all promises but for one lie, and what else is there."""
    write(site, {**PYTHON, "torch.py": f"{TORCH}\n{lie}\n", **others})


def test_a_true_installation_passes(tmp_path: Path) -> None:
    fake_torch(tmp_path)
    done = run(tmp_path, "torch")
    said = "torch 2.15.0+cu132, CUDA 13.2, sm_86 sm_90 sm_120\n"
    assert (done.returncode, done.stdout) == (0, said), done.stderr


@pytest.mark.parametrize(
    ("lie", "message"),
    [
        ("__version__ = '2.14.1+cu130'", "torch==2.15.0 was promised, found 2.14.1"),
        ("version.cuda = '12.8'", "CUDA 13.2 was promised, found 12.8"),
        (
            "_C._cuda_getArchFlags = lambda: 'sm_86 sm_90'",
            "machine code for sm_120 was promised, the wheel holds sm_86, sm_90",
        ),
        ("Matrix.item = lambda self: 1.0", "a matrix product on the CPU is wrong"),
    ],
)
def test_each_lie_is_caught(tmp_path: Path, lie: str, message: str) -> None:
    fake_torch(tmp_path, lie)
    done = run(tmp_path, "torch")
    assert (done.returncode, done.stderr) == (1, message + "\n")


def test_without_a_driver_the_computation_is_not_run_and_says_so(tmp_path: Path) -> None:
    fake_torch(tmp_path)
    done = run(tmp_path, "torch-gpu")
    assert (done.returncode, done.stdout.splitlines()[-1]) == (77, "no NVIDIA driver here")


_GPU = "cuda.is_available = lambda: True"


def test_a_gpu_that_computes_passes(tmp_path: Path) -> None:
    fake_torch(tmp_path, _GPU, DRIVER)
    done = run(tmp_path, "torch-gpu")
    said = "a matrix product on NVIDIA H100, sm_90\n"
    assert (done.returncode, done.stdout) == (0, said), done.stderr


@pytest.mark.parametrize(
    ("lie", "message"),
    [
        ("", "the NVIDIA driver is here, and PyTorch sees no GPU"),
        (
            f"{_GPU}\nMatrix.to = lambda self, _: Matrix(365.0)",
            "a matrix product on the GPU differs from the CPU's",
        ),
    ],
)
def test_a_gpu_that_is_lost_or_computes_wrongly_is_caught(tmp_path: Path, lie: str, message: str) -> None:
    fake_torch(tmp_path, lie, DRIVER)
    done = run(tmp_path, "torch-gpu")
    assert (done.returncode, done.stderr) == (1, message + "\n")


_COMPILER = """
class ASTSource:
    def __init__(self, *_): pass
class compile:
    def __init__(self, source, target): self.asm = {{"cubin": code(target)}}
def code(arch):
    {code}
"""


def fake_triton(site: Path, code: str = "return b'\\x7fELF'", without: str = "") -> None:
    """A Triton that answers `code` for an architecture, and a torch beside it, `without` one module."""
    modules = {
        "torch/_inductor/compile_fx": "",
        "torch/distributed/_symmetric_memory": "",
        "triton/__init__": "jit = lambda function: function",
        "triton/language": "constexpr = int",
        "triton/profiler": "",
        "triton/compiler": _COMPILER.format(code=code),
        "triton/backends/compiler": "GPUTarget = lambda backend, arch, warp: arch",
    }
    write(site, {f"{module}.py": text for module, text in modules.items() if module != without})


def test_a_triton_that_compiles_passes(tmp_path: Path) -> None:
    fake_triton(tmp_path)
    done = run(tmp_path, "triton")
    assert done.returncode == 0, done.stderr
    assert "a kernel compiled for sm_75 sm_120" in done.stdout


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        ({"code": "return b'ptx'"}, "what came for sm_75 is no machine code"),
        (
            {"code": "assert arch < 100, 'no ptxas'; return b'\\x7fELF'"},
            "no kernel for sm_120: AssertionError: no ptxas",
        ),
        ({"without": "triton/profiler"}, "triton.profiler cannot be imported"),
    ],
)
def test_a_triton_with_a_part_missing_is_caught(tmp_path: Path, broken: dict[str, str], message: str) -> None:
    fake_triton(tmp_path, **broken)
    done = run(tmp_path, "triton")
    assert done.returncode == 1
    assert message in done.stderr
