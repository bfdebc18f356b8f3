"""The checks of what compiles at run time, against installations that are broken in one way each."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.checks.installation import DRIVER, PYTHON, run, write

_GCC = """\
#!/bin/sh
while [ "$1" != -o ]; do shift; done
while read -r line; do echo "$line"; done >"$2"
"""
_DRIVER_MODULE = """
import os
from pathlib import Path
class CudaUtils:
    def __init__(self):
        stub = Path(os.environ["TRITON_LIBCUDA_PATH"], "libcuda.so.1").read_text()
        assert "int cuInit(void)" in stub and "int cuModuleLoadData(void)" in stub, stub
"""
_TORCH = """
class Tensor(float):
    def reshape(self, *_): return self
    def sum(self, _): return self
class nn:
    class functional:
        def gelu(x): return x
class cuda:
    def is_available(): return True
    def get_device_name(): return "NVIDIA H200"
def linspace(*_): return Tensor(2)
def randn(*_, device): return Tensor(2)
def allclose(a, b, **_): return a == b
def compile(function): return function
"""


def _installed(site: Path, torch: str = "", triton: str = "", compiler: str = _GCC) -> None:
    files = {
        "torch/__init__.py": _TORCH + torch,
        "triton/__init__.py": "__version__ = '3.9.0'",
        "triton/backends/__init__.py": "",
        "triton/backends/nvidia/__init__.py": "",
        "triton/backends/nvidia/driver.py": _DRIVER_MODULE + triton,
        "triton/backends/nvidia/driver.c": "cuInit(0); cuModuleLoadData(&module, data);",
        "ctypes.py": "RTLD_GLOBAL = 256\nCDLL = lambda name, mode: open(name)\n",
        "bin/gcc": compiler,
    }
    write(site, {path: text for path, text in files.items() if text})
    if compiler:
        (site / "bin" / "gcc").chmod(0o755)


def test_what_compiles_passes(tmp_path: Path) -> None:
    _installed(tmp_path)
    done = run(tmp_path, "compile")
    assert done.returncode == 0, done.stderr
    assert "Triton 3.9.0 compiled its module for the driver" in done.stdout


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        ({"compiler": ""}, "Triton cannot compile what calls the driver: FileNotFoundError"),
        (
            {"triton": "    CudaUtils = None\nCudaUtils = lambda: open('Python.h')"},
            "Triton cannot compile what calls the driver: FileNotFoundError",
        ),
        (
            {"torch": "def compile(_): raise RuntimeError('no C++ compiler')"},
            "torch.compile fails on the CPU: RuntimeError: no C++ compiler",
        ),
        ({"torch": "def compile(_): return lambda x: x"}, "what torch.compile computes differs"),
    ],
)
def test_what_does_not_compile_is_named(tmp_path: Path, broken: dict[str, str], message: str) -> None:
    _installed(tmp_path, **broken)
    done = run(tmp_path, "compile")
    assert done.returncode == 1
    assert message in done.stderr


def test_without_a_driver_nothing_is_compiled_on_the_gpu(tmp_path: Path) -> None:
    _installed(tmp_path)
    write(tmp_path, PYTHON)
    done = run(tmp_path, "compile-gpu")
    assert (done.returncode, done.stdout) == (77, "no NVIDIA driver here\n")


@pytest.mark.parametrize(
    ("torch", "code", "said"),
    [
        ("", 0, "torch.compile on NVIDIA H200"),
        ("cuda.is_available = lambda: False", 1, "PyTorch sees no GPU"),
        ("def compile(_): return lambda x: x", 1, "what torch.compile computes on the GPU differs"),
    ],
)
def test_torch_compile_is_compared_on_the_gpu(tmp_path: Path, torch: str, code: int, said: str) -> None:
    _installed(tmp_path, torch=torch)
    write(tmp_path, {**PYTHON, **DRIVER})
    done = run(tmp_path, "compile-gpu")
    assert done.returncode == code
    assert said in done.stdout + done.stderr
