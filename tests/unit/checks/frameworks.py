"""True installations of JAX, TensorFlow, vLLM and Diffusers, as fakes."""

from __future__ import annotations

from tests.unit.checks.installation import DRIVER, MATRIX, PYTHON, TORCH, Files, library, wheel

# What is promised of those whose check compares the version.
FRAMEWORKS = {"jax": "jax==0.12.0", "tensorflow": "tensorflow==2.22.0", "vllm": "vllm==0.25.0"}
_JAX = """
from jax.numpy import Matrix
__version__ = "0.12.0"
class Slope(list):
    def tolist(self): return self
class Device: device_kind = "NVIDIA H100"
def grad(_): return lambda _: Slope([0.0, 3.0, 12.0, 27.0])
def jit(function): return function
def devices(_): return [Device]
def device_put(array, _): return array
"""
JAX: Files = {
    **PYTHON,
    **wheel("jax-cuda13-plugin"),
    "jax/__init__.py": _JAX,
    "jax/numpy.py": MATRIX + "def arange(_): return Matrix(366.0)\n",
}
_TENSORFLOW = (
    MATRIX
    + """
from contextlib import nullcontext as device
__version__ = "2.22.0"
Matrix.device, Matrix.numpy = "device:GPU:0", Matrix.item
class config:
    def list_physical_devices(_): return ["GPU:0"]
class sysconfig:
    def get_build_info(): return {"cuda_compute_capabilities": ["sm_86", "sm_120"]}
class linalg:
    def matmul(a, b, transpose_b): return a
def range(_): return Matrix(366.0)
def reshape(array, _): return array
"""
)
TENSORFLOW: Files = {**PYTHON, "tensorflow.py": _TENSORFLOW}
_VLLM = """
__version__ = "0.25.0+cu132"
class SamplingParams:
    def __init__(self, temperature, max_tokens): self.max_tokens = max_tokens
"""
VLLM: Files = {
    **PYTHON,
    "torch.py": TORCH,
    "vllm/__init__.py": _VLLM,
    "vllm/_C.abi3.so": library(),
    # What links the driver cannot load without one.
    "vllm/_moe_C.abi3.so": library(error="libcuda.so.1: cannot open shared object file"),
}
_FINITE = """
def manual_seed(_): pass
tensor = Matrix
class isfinite:
    def __init__(self, state): self.state = state
    def all(self): return self.state.finite
"""
_DIFFUSERS = """
__version__ = "0.40.0"
UNet2DModel = DDIMScheduler = dict
class DDIMPipeline:
    size = (8, 8)
    def __init__(self, unet, scheduler): self.images = [self]
    def set_progress_bar_config(self, disable): pass
    def __call__(self, num_inference_steps): return self
"""
_TRANSFORMERS = """
__version__ = "5.13.0"
CLIPTextConfig = dict
class State:
    shape, finite = (1, 3, 16), True
class CLIPTextModel:
    last_hidden_state = State
    def __init__(self, config): pass
    def __call__(self, tokens): return self
"""
_TORCHVISION = """
class ops:
    def nms(boxes, scores, threshold): return Kept([0])
class Kept(list):
    def tolist(self): return self
"""
DIFFUSERS: Files = {
    "accelerate.py": '__version__ = "1.14.0"',
    "diffusers.py": _DIFFUSERS,
    "torch.py": TORCH + _FINITE,
    "torchvision.py": _TORCHVISION,
    "transformers.py": _TRANSFORMERS,
}
# For each check an installation that passes.
TRUE: dict[str, Files] = {
    "jax": JAX,
    "jax-gpu": {**JAX, **DRIVER},
    "tensorflow": TENSORFLOW,
    "tensorflow-gpu": {**TENSORFLOW, **DRIVER},
    "vllm": VLLM,
    "diffusers": DIFFUSERS,
}
