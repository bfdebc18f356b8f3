"""nvcc compiles and links a kernel for every promised GPU, and the result loads and knows its CUDA."""

import ctypes
import json
import subprocess
import sys
import tempfile
from pathlib import Path

expected = json.loads(sys.argv[1])
SOURCE = """
#include <cuda_runtime.h>
#include <thrust/version.h>
extern "C" __global__ void twice(float *x) { x[threadIdx.x] *= 2; }
extern "C" int runtime() { int version = 0; cudaRuntimeGetVersion(&version); return version; }
extern "C" int thrust_version() { return THRUST_VERSION; }
"""
targets = [f"-gencode=arch=compute_{gpu[3:]},code=sm_{gpu[3:]}" for gpu in expected["gpus"]]

with tempfile.TemporaryDirectory() as folder:
    source, library = Path(folder) / "twice.cu", Path(folder) / "twice.so"
    source.write_text(SOURCE)
    command = ["nvcc", *targets, "-shared", "-Xcompiler", "-fPIC", "-o", str(library), str(source)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"nvcc failed\n{done.stdout}{done.stderr}")
    loaded = ctypes.CDLL(str(library))
    version = loaded.runtime()
found = f"{version // 1000}.{version % 1000 // 10}"
if found != expected["cuda"]:
    sys.exit(f"CUDA {expected['cuda']} was promised, what nvcc linked says {found}")
if loaded.thrust_version() < 200000:
    sys.exit(f"Thrust's headers say version {loaded.thrust_version()}")
print(f"nvcc compiled a kernel for {' '.join(expected['gpus'])} with CUDA {found}")
