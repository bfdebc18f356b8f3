"""Triton makes machine code for every promised GPU, and what compiles and profiles with it is whole."""

import importlib
import json
import os
import sys
import tempfile
from pathlib import Path
from types import ModuleType

expected = json.loads(sys.argv[1])
NEEDED = ("torch._inductor.compile_fx", "torch.distributed._symmetric_memory", "triton.profiler")
KERNEL = """
import triton
import triton.language as tl

@triton.jit
def twice(x, n, SIZE: tl.constexpr):
    at = tl.program_id(0) * SIZE + tl.arange(0, SIZE)
    tl.store(x + at, 2 * tl.load(x + at, mask=at < n), mask=at < n)
"""


def machine_code(kernel: ModuleType, gpu: str) -> bytes:
    """What ptxas made of the kernel; it takes no GPU."""
    compiler = importlib.import_module("triton.compiler")
    target = importlib.import_module("triton.backends.compiler").GPUTarget("cuda", int(gpu[3:]), 32)
    source = compiler.ASTSource(kernel.twice, {"x": "*fp32", "n": "i32", "SIZE": "constexpr"}, {"SIZE": 64})
    code: bytes = compiler.compile(source, target=target).asm["cubin"]
    return code


for name in NEEDED:
    try:
        importlib.import_module(name)
    except (ImportError, OSError) as error:
        sys.exit(f"{name} cannot be imported: {error}")

with tempfile.TemporaryDirectory() as folder:
    # Triton reads a kernel's source from its file, and keeps what it compiled.
    os.environ["TRITON_CACHE_DIR"] = folder
    (Path(folder) / "kernel_of_the_check.py").write_text(KERNEL)
    sys.path.insert(0, folder)
    kernel = importlib.import_module("kernel_of_the_check")
    for gpu in expected["gpus"]:
        try:
            code = machine_code(kernel, gpu)
        except Exception as error:
            sys.exit(f"no kernel for {gpu}: {type(error).__name__}: {error}")
        if code[:4] != b"\x7fELF":
            sys.exit(f"what came for {gpu} is no machine code")

print(f"a kernel compiled for {' '.join(expected['gpus'])}")
