"""PyTorch computes on the GPU. Exit code 77: not run, with the reason on the last line."""

import ctypes
import sys

import torch

try:
    ctypes.CDLL("libcuda.so.1")
except OSError:
    print("no NVIDIA driver here")
    sys.exit(77)
if not torch.cuda.is_available():
    sys.exit("the NVIDIA driver is here, and PyTorch sees no GPU")

a = torch.arange(12.0).reshape(3, 4)
device = torch.device("cuda")
product = (a.to(device) @ a.to(device).T).cpu()
if not torch.equal(product, a @ a.T):
    sys.exit("a matrix product on the GPU differs from the CPU's")
major, minor = torch.cuda.get_device_capability(device)
print(f"a matrix product on {torch.cuda.get_device_name(device)}, sm_{major}{minor}")
