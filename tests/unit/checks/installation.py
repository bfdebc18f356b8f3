"""Installations made of small fakes, and the run of a target's own check in one of them.

A fake answers as the real package does where a check asks it. A lie is a file in another's place, or a line
added at the end of a fake.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from builder.core import paths

# What lies in an installation: text by path, None for what is missing.
Files = Mapping[str, str | None]

EXPECTED: Mapping[str, object] = {
    "python": "3.99",
    "framework": "torch==2.15.0",
    "cuda": "13.2",
    "archs": ["sm_86", "sm_120"],
    "gpus": ["sm_75", "sm_120"],
}

# A library is a JSON file: what its functions answer, or the error of loading it.
_CTYPES = """
import json
from pathlib import Path
RTLD_GLOBAL = 256
class c_int: value = 0
def byref(number): return number
class CDLL:
    def __init__(self, name, mode=0):
        file = Path(__file__).parent / name
        if not file.exists(): raise OSError(f"{name}: cannot open shared object file")
        self.answers = json.loads(file.read_text())
        if "error" in self.answers: raise OSError(self.answers["error"])
    def __getattr__(self, function): return lambda: self.answers[function]
    def cudaRuntimeGetVersion(self, version): version.value = self.answers["version"]
"""
_SYSCONFIG = """
from pathlib import Path
def get_path(_): return str(Path(__file__).parent)
"""
# For checks that ask ctypes and sysconfig: an installation whose libraries no compiler needs to make.
PYTHON: Files = {"ctypes.py": _CTYPES, "sysconfig.py": _SYSCONFIG}

MATRIX = """
class Matrix:
    def __init__(self, value): self.value = value
    def reshape(self, *_): return self
    def to(self, _): return self
    def cpu(self): return self
    T = property(lambda self: self)
    def __matmul__(self, _): return self
    def __getitem__(self, _): return self
    def item(self): return self.value
"""
TORCH = (
    MATRIX
    + """
__version__ = "2.15.0+cu132"
class version: cuda = "13.2"
class _C:
    def _cuda_getArchFlags(): return "sm_86 sm_90 sm_120"
class cuda:
    def is_available(): return False
    def get_device_name(_): return "NVIDIA H100"
    def get_device_capability(_): return 9, 0
def arange(_): return Matrix(366.0)
def device(name): return name
def equal(a, b): return a.value == b.value
"""
)


def library(**answers: object) -> str:
    """A library for the fake ctypes: what its functions answer, or `error`."""
    return json.dumps(answers)


def wheel(name: str, *files: str) -> dict[str, str]:
    """What an installed wheel says of itself: its name, and which files are its own."""
    info = f"{name.replace('-', '_')}.dist-info"
    record = "".join(f"{file},,\n" for file in files)
    return {f"{info}/METADATA": f"Name: {name}\nVersion: 1\n", f"{info}/RECORD": record}


# NVIDIA's driver, as the container runtime brings it in beside a GPU.
DRIVER: Files = {"libcuda.so.1": library()}


def write(site: Path, files: Files) -> None:
    """An installation of these files."""
    for path, text in files.items():
        if text is not None:
            (site / path).parent.mkdir(parents=True, exist_ok=True)
            (site / path).write_text(text)


def run(site: Path, name: str, **promised: object) -> subprocess.CompletedProcess[str]:
    """Run a check where only the standard library and `site` can be imported, and only site/bin be run."""
    script = (paths.data("images") / "checks" / f"{name}.py").read_text()
    command = [sys.executable, "-S", "-P", "-", json.dumps({**EXPECTED, **promised})]
    env = {"PYTHONPATH": str(site), "PATH": str(site / "bin")}
    return subprocess.run(command, input=script, env=env, capture_output=True, text=True)
