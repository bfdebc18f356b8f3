"""The targets' own checks against installations that are broken in one way each.

`fake_torch` writes a package named torch that answers as the real one does, so that each lie can be told
alone; the real one is asked by the proof of the image.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from builder import paths

pytestmark = pytest.mark.unit

EXPECTED: dict[str, object] = {
    "python": "3.99",
    "framework": "torch==2.15.0",
    "cuda": "13.2",
    "archs": ["sm_86", "sm_120"],
}
EXPECTED["gpus"] = ["sm_75", "sm_120"]
_FAKE = """
class version: cuda = "{cuda}"
class _C:
    @staticmethod
    def _cuda_getArchFlags(): return "{archs}"
__version__ = "{version}"
class Matrix:
    def __init__(self, value): self.value = value
    def reshape(self, *_): return self
    T = property(lambda self: self)
    def __matmul__(self, _): return self
    def __getitem__(self, _): return self
    def item(self): return self.value
def arange(_): return Matrix({product})
class cuda:
    @staticmethod
    def is_available(): return False
"""


def fake_torch(site: Path, **lies: str) -> None:
    """A torch that keeps all promises but the given ones, with a dozen libraries that load."""
    truth = {"version": "2.15.0+cu132", "cuda": "13.2", "archs": "sm_86 sm_90 sm_120", "product": "366.0"}
    (site / "torch").mkdir(parents=True)
    (site / "torch" / "__init__.py").write_text(_FAKE.format(**truth | lies))
    libraries = site / "nvidia" / "cu13" / "lib"
    libraries.mkdir(parents=True)
    real = next(Path(line.split()[-1]) for line in _maps() if "libc.so" in line)
    for n in range(12):
        (libraries / f"lib{n}.so").symlink_to(real)


def _maps() -> list[str]:
    return Path("/proc/self/maps").read_text().splitlines()


def run(site: Path, name: str = "torch") -> subprocess.CompletedProcess[str]:
    script = (paths.data("images") / "checks" / f"{name}.py").read_text()
    command = [sys.executable, "-S", "-", json.dumps(EXPECTED)]
    return subprocess.run(
        command, input=script, env={"PYTHONPATH": str(site)}, capture_output=True, text=True
    )


def test_another_python_than_promised_is_named(tmp_path: Path) -> None:
    done = run(tmp_path, "python")
    assert done.returncode == 1
    found = f"{sys.version_info.major}.{sys.version_info.minor}"
    assert f"Python 3.99 was promised, found {found}" in done.stderr


def test_a_true_installation_passes(tmp_path: Path) -> None:
    fake_torch(tmp_path)
    done = run(tmp_path)
    assert done.returncode == 0, done.stderr
    assert "12 libraries load" in done.stdout


@pytest.mark.parametrize(
    ("lie", "message"),
    [
        ({"version": "2.14.1+cu130"}, "torch==2.15.0 was promised, found 2.14.1"),
        ({"cuda": "12.8"}, "CUDA 13.2 was promised, found 12.8"),
        ({"archs": "sm_86 sm_90"}, "machine code for sm_120 was promised, the wheel holds sm_86, sm_90"),
        ({"product": "1.0"}, "a matrix product on the CPU is wrong"),
    ],
)
def test_each_lie_is_caught(tmp_path: Path, lie: dict[str, str], message: str) -> None:
    fake_torch(tmp_path, **lie)
    done = run(tmp_path)
    assert done.returncode == 1
    assert message in done.stderr


def test_a_library_that_does_not_load_is_named(tmp_path: Path) -> None:
    fake_torch(tmp_path)
    (tmp_path / "nvidia" / "cu13" / "lib" / "libcublas.so.13").write_bytes(b"no library")
    done = run(tmp_path)
    assert done.returncode == 1
    assert "CUDA libraries do not load: libcublas.so.13" in done.stderr


def test_a_second_cuda_is_named(tmp_path: Path) -> None:
    fake_torch(tmp_path)
    for major in ("12", "13"):
        info = tmp_path / f"nvidia_nccl_cu{major}-1.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Name: nvidia-nccl-cu{major}\nVersion: 1\n")
    done = run(tmp_path)
    assert done.returncode == 1
    assert "two CUDAs are installed: 12, 13" in done.stderr


def test_without_a_gpu_the_computation_is_not_run_and_says_so(tmp_path: Path) -> None:
    fake_torch(tmp_path)
    done = run(tmp_path, "torch-gpu")
    assert (done.returncode, done.stdout.splitlines()[-1]) == (77, "no GPU here")


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
    for module, text in modules.items():
        if module != without:
            (site / f"{module}.py").parent.mkdir(parents=True, exist_ok=True)
            (site / f"{module}.py").write_text(text)


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
