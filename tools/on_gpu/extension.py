"""A CUDA library of our own: compiled here by nvcc, and compared in what it computes."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
import tempfile
from pathlib import Path

from tools.on_gpu.results import NotRunError

_KERNEL = """
extern "C" __global__ void twice(float *x, int n) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n) x[i] *= 2;
}
extern "C" int on_gpu(float *host, int n) {
    float *x;
    int error = cudaMalloc(&x, n * sizeof(float));
    if (error) return error;
    cudaMemcpy(x, host, n * sizeof(float), cudaMemcpyHostToDevice);
    twice<<<(n + 255) / 256, 256>>>(x, n);
    error = cudaDeviceSynchronize();
    cudaMemcpy(host, x, n * sizeof(float), cudaMemcpyDeviceToHost);
    cudaFree(x);
    return error;
}
"""


def extension(gpus: list[str], seconds: float) -> str:
    """Compile a CUDA library with nvcc, load it, and compare what it computes."""
    nvcc = shutil.which("nvcc") or next(map(str, Path("/usr/local").glob("cuda*/bin/nvcc")), None)
    if nvcc is None or not shutil.which("g++"):
        raise NotRunError("nvcc or g++ is not here")
    with tempfile.TemporaryDirectory() as folder:
        source, library = Path(folder) / "twice.cu", Path(folder) / "twice.so"
        source.write_text(_KERNEL)
        code = [f"-gencode=arch=compute_{gpu[3:]},code={gpu}" for gpu in gpus]
        command = [nvcc, *code, "-shared", "-Xcompiler", "-fPIC", "-o", str(library), str(source)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=seconds)
        if done.returncode:
            raise RuntimeError(f"nvcc failed: {done.stderr.strip()[-300:]}")
        numbers = (ctypes.c_float * 1000)(*range(1000))
        if error := ctypes.CDLL(str(library)).on_gpu(numbers, 1000):
            raise RuntimeError(f"the kernel ended with CUDA's error {error}")
    if list(numbers) != [2.0 * number for number in range(1000)]:
        raise RuntimeError("the kernel's numbers are wrong")
    return f"a kernel compiled for {' '.join(gpus)} by {nvcc} computes"
