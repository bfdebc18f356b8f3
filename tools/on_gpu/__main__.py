"""Run every check that needs a GPU on this machine, with the framework that it has; no Docker is needed.

Usage, in the project's folder, with the Python of an environment that has torch or jax:
`python -m tools.on_gpu [SECONDS]`. Prints JSON: the card, what the doctor says, each check, and figures.
Exit code 77 without a GPU, 1 where a check failed.
"""

from __future__ import annotations

import dataclasses
import importlib
import importlib.util
import json
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

from tools.on_gpu.extension import extension
from tools.on_gpu.results import NOT_RUN, Result, check, timed

_PROJECT = Path(__file__).resolve().parents[2]
_CHECKS = _PROJECT / "images" / "checks"
_DOCTOR = _PROJECT / "templates" / "node" / "lib"
_SECONDS = 270.0
# Checks by the module that they take: each is run where that is.
_CHECKED = {
    "torch-gpu": "torch",
    "compile-gpu": "torch",
    "triton": "torch",
    "jax-gpu": "jax",
    "tensorflow-gpu": "tensorflow",
}
_NAMED = ("torch", "triton", "jax", "tensorflow", "numba")
_TORCH = """
import json, torch
print(json.dumps([torch.__version__, torch.version.cuda, torch.cuda.get_arch_list()]))
"""
_FIGURES = """
import json, sys, time, torch
n, size = 8192, 1 << 28
a = torch.randn(n, n, device="cuda", dtype=torch.bfloat16)
x = torch.empty(size, device="cuda")
def seconds(work, times=10):
    work(); torch.cuda.synchronize(); began = time.perf_counter()
    for _ in range(times): work()
    torch.cuda.synchronize()
    return (time.perf_counter() - began) / times
product, copy = seconds(lambda: a @ a), seconds(x.clone)
tflops, speed = round(2 * n**3 / product / 1e12, 1), round(8 * size / copy / 1e9)
json.dump({"bf16_tflops": tflops, "copy_gb_s": speed}, sys.stdout)
"""


def main(seconds: float) -> int:
    """Run all and print what came of it; what is begun after `seconds` is not run."""
    began = time.monotonic()
    probe = _asked([str(_DOCTOR / "node" / "doctor" / "gpu_probe.py")]) or {"library": False}
    devices = probe.get("devices", [])
    if not devices:
        reason = f"cuInit gives {probe['error']}" if probe.get("error") else "no NVIDIA driver is here"
        print(json.dumps({"gpu": [], "why": reason}))
        return NOT_RUN
    gpus = sorted({"sm_{}{}".format(*device["capability"]) for device in devices})
    results = list(_results(gpus, lambda: seconds - (time.monotonic() - began)))
    report = {
        "gpu": [device["name"] for device in devices],
        "capability": gpus,
        "driver_cuda": ".".join(map(str, probe["cuda"])),
        "versions": {"python": platform.python_version(), **_versions()},
        "doctor": _doctor(probe),
        "checks": [dataclasses.asdict(result) for result in results],
        "figures": _asked(["-c", _FIGURES]) or {},
        "seconds": round(time.monotonic() - began, 1),
    }
    print(json.dumps(report, indent=1))
    return int(any(result.status == "failed" for result in results))


def _results(gpus: list[str], left: Callable[[], float]) -> Iterator[Result]:
    expected = {"gpus": gpus, "archs": gpus}
    for name, module in _CHECKED.items():
        if importlib.util.find_spec(module) is None:
            yield Result(name, "not run", 0.0, f"{module} is not here")
        else:
            yield check(name, _CHECKS / f"{name}.py", expected, left())
    yield timed("extension", lambda: extension(gpus, left()))


def _doctor(probe: dict[str, Any]) -> list[dict[str, str]]:
    """Return what the doctor of a node says of these GPUs, and of torch on them."""
    sys.path.insert(0, str(_DOCTOR))
    gpu = importlib.import_module("node.doctor.gpu")
    files = tuple(file for file in gpu.DEVICE_FILES if Path(file).exists())
    version, cuda, archs = _asked(["-c", _TORCH]) or ("", "", ())
    machine = gpu.Machine(files, probe, f"torch {version}" if version else "", cuda or "", tuple(archs))
    return [finding._asdict() for finding in gpu.findings(machine)]


def _asked(arguments: list[str]) -> Any:
    """Return what a Python process prints as JSON; None where it fails, as without torch."""
    done = subprocess.run([sys.executable, *arguments], capture_output=True, text=True, timeout=60)
    return json.loads(done.stdout.splitlines()[-1]) if done.returncode == 0 else None


def _versions() -> dict[str, str]:
    return {name: metadata.version(name) for name in _NAMED if importlib.util.find_spec(name)}


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]) if sys.argv[1:] else _SECONDS))
