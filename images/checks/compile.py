"""Code is compiled at run time: by Triton, up to the driver (a stub), and by torch.compile for the CPU."""

import ctypes
import importlib
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import torch
import triton


def stub_driver(folder: Path) -> None:
    """Load a libcuda.so.1 with every function that Triton's own module asks for."""
    source = Path(triton.__file__).parent / "backends" / "nvidia" / "driver.c"
    names = sorted(set(re.findall(r"\b(cu[A-Z]\w+)", source.read_text())))
    text = "".join(f"int {name}(void) {{ return 100; }}\n" for name in names)
    library = folder / "libcuda.so.1"
    command = ["gcc", "-shared", "-fPIC", "-Wl,-soname,libcuda.so.1", "-o", str(library), "-xc", "-"]
    subprocess.run(command, input=text, text=True, check=True)
    ctypes.CDLL(str(library), mode=ctypes.RTLD_GLOBAL)


def curve(x: torch.Tensor) -> torch.Tensor:
    return torch.nn.functional.gelu(x).sum(-1) * 2


with tempfile.TemporaryDirectory() as name:
    folder = Path(name)
    os.environ |= {"TRITON_CACHE_DIR": f"{name}/triton", "TORCHINDUCTOR_CACHE_DIR": f"{name}/inductor"}
    try:
        stub_driver(folder)
        os.environ["TRITON_LIBCUDA_PATH"] = name
        importlib.import_module("triton.backends.nvidia.driver").CudaUtils()
    except Exception as error:
        sys.exit(f"Triton cannot compile what calls the driver: {type(error).__name__}: {error}")
    x = torch.linspace(-2, 2, 4096).reshape(64, 64)
    try:
        found = torch.compile(curve)(x)
    except Exception as error:
        sys.exit(f"torch.compile fails on the CPU: {type(error).__name__}: {str(error)[:300]}")
    if not torch.allclose(found, curve(x), rtol=1e-4):
        sys.exit("what torch.compile computes differs from PyTorch's own")
print(f"Triton {triton.__version__} compiled its module for the driver, torch.compile a function for the CPU")
