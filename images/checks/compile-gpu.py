"""torch.compile computes on the GPU. Exit code 77: not run, with the reason on the last line."""

import ctypes
import sys
import time

import torch

try:
    ctypes.CDLL("libcuda.so.1")
except OSError:
    print("no NVIDIA driver here")
    sys.exit(77)
if not torch.cuda.is_available():
    sys.exit("the NVIDIA driver is here, and PyTorch sees no GPU")


def curve(x: torch.Tensor) -> torch.Tensor:
    return torch.nn.functional.gelu(x).sum(-1) * 2


x = torch.randn(512, 512, device="cuda")
began = time.monotonic()
found = torch.compile(curve)(x)
seconds = time.monotonic() - began
if not torch.allclose(found, curve(x), rtol=1e-3, atol=1e-3):
    sys.exit("what torch.compile computes on the GPU differs from PyTorch's own")
print(f"torch.compile on {torch.cuda.get_device_name()}: {seconds:.1f} s for the first call")
