"""JAX computes on the GPU. Exit code 77: not run, with the reason on the last line."""

import ctypes
import sys

import jax
import jax.numpy as jnp

# Without a driver JAX's CUDA plugin ends the process while it asks the libraries for their versions.
try:
    ctypes.CDLL("libcuda.so.1")
except OSError:
    print("no NVIDIA driver here")
    sys.exit(77)
try:
    device = jax.devices("cuda")[0]
except RuntimeError as error:
    sys.exit(f"the NVIDIA driver is here, and JAX sees no GPU: {error}")
a = jax.device_put(jnp.arange(12.0).reshape(3, 4), device)
if (a @ a.T)[2, 2].item() != 366.0:
    sys.exit("a matrix product on the GPU is wrong")
print(f"a matrix product on {device.device_kind}")
