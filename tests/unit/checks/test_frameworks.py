"""The checks of JAX, TensorFlow, vLLM and Diffusers against installations broken in one way each."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.checks.frameworks import FRAMEWORKS, TRUE
from tests.unit.checks.installation import Files, library, run, wheel, write


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("jax", "jax 0.12.0, its plugin for CUDA 13, compiles and differentiates on the CPU"),
        ("jax-gpu", "a matrix product on NVIDIA H100"),
        ("tensorflow", "tensorflow 2.22.0, sm_86 sm_120"),
        ("tensorflow-gpu", "a matrix product on device:GPU:0"),
        ("vllm", "vllm 0.25.0 with torch 2.15.0+cu132, CUDA 13.2; 2 libraries"),
        (
            "diffusers",
            "diffusers 0.40.0, transformers 5.13.0, accelerate 1.14.0 made an image on the CPU",
        ),
    ],
)
def test_a_true_installation_passes(tmp_path: Path, name: str, said: str) -> None:
    write(tmp_path, TRUE[name])
    done = run(tmp_path, name, framework=FRAMEWORKS.get(name))
    assert (done.returncode, done.stdout) == (0, said + "\n"), done.stderr


@pytest.mark.parametrize(
    ("name", "module", "lie", "message"),
    [
        ("jax", "jax/__init__.py", "__version__ = '0.11.0'", "jax==0.12.0 was promised, found 0.11.0"),
        (
            "jax",
            "jax/__init__.py",
            "grad = lambda _: lambda _: Slope([0.0, 1.0])",
            "the gradient of x**3 is wrong on the CPU: [0.0, 1.0]",
        ),
        (
            "jax-gpu",
            "jax/__init__.py",
            "device_put = lambda array, _: Matrix(365.0)",
            "a matrix product on the GPU is wrong",
        ),
        (
            "tensorflow",
            "tensorflow.py",
            "__version__ = '2.21.0'",
            "tensorflow==2.22.0 was promised, found 2.21.0",
        ),
        (
            "tensorflow",
            "tensorflow.py",
            "sysconfig.get_build_info = lambda: {'cuda_compute_capabilities': ['sm_86']}",
            "machine code for sm_120 was promised, TensorFlow was built for sm_86",
        ),
        (
            "tensorflow",
            "tensorflow.py",
            "sysconfig.get_build_info = dict",
            "machine code for sm_86, sm_120 was promised, TensorFlow was built for no GPU",
        ),
        (
            "tensorflow",
            "tensorflow.py",
            "Matrix.numpy = lambda self: 365.0",
            "a matrix product on the CPU is wrong",
        ),
        (
            "jax-gpu",
            "jax/__init__.py",
            "def devices(_): raise RuntimeError('unknown backend cuda')",
            "the NVIDIA driver is here, and JAX sees no GPU: unknown backend cuda",
        ),
        (
            "tensorflow-gpu",
            "tensorflow.py",
            "config.list_physical_devices = lambda _: []",
            "the NVIDIA driver is here, and TensorFlow sees no GPU",
        ),
        (
            "tensorflow-gpu",
            "tensorflow.py",
            "Matrix.device = 'device:CPU:0'",
            "the GPU was asked for a matrix product, device:CPU:0 computed it",
        ),
        (
            "tensorflow-gpu",
            "tensorflow.py",
            "Matrix.numpy = lambda self: 365.0",
            "a matrix product on the GPU is wrong",
        ),
        ("vllm", "vllm/__init__.py", "__version__ = '0.24.0'", "vllm==0.25.0 was promised, found 0.24.0"),
        ("vllm", "torch.py", "version.cuda = '13.0'", "CUDA 13.2 was promised, its torch has 13.0"),
        (
            "vllm",
            "vllm/__init__.py",
            "SamplingParams.max_tokens = property(lambda self: 16, lambda self, value: None)",
            "sampling parameters are not kept",
        ),
        ("vllm", "torch.py", "Matrix.item = lambda self: 365.0", "a matrix product on the CPU is wrong"),
        (
            "diffusers",
            "diffusers.py",
            "DDIMPipeline.size = (8, 4)",
            "an image of 8 x 8 was asked for, it has (8, 4)",
        ),
        (
            "diffusers",
            "transformers.py",
            "State.shape = (1, 3, 8)",
            "a tiny text encoder gives no finite state",
        ),
        ("diffusers", "transformers.py", "State.finite = False", "a tiny text encoder gives no finite state"),
        (
            "diffusers",
            "torchvision.py",
            "ops.nms = lambda *_: Kept([0, 1])",
            "torchvision's compiled operators do not work",
        ),
    ],
)
def test_each_lie_of_a_package_is_caught(
    tmp_path: Path, name: str, module: str, lie: str, message: str
) -> None:
    write(tmp_path, {**TRUE[name], module: f"{TRUE[name][module]}\n{lie}\n"})
    done = run(tmp_path, name, framework=FRAMEWORKS.get(name))
    assert (done.returncode, done.stderr) == (1, message + "\n")


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        ("jax", wheel("jax-cuda12-plugin"), "CUDA 13.2 was promised, JAX's plugin is for CUDA 12, 13"),
        (
            "jax",
            dict.fromkeys(wheel("jax-cuda13-plugin")),
            "CUDA 13.2 was promised, JAX's plugin is for CUDA none",
        ),
        (
            "vllm",
            {"vllm/_C.abi3.so": None, "vllm/_moe_C.abi3.so": None},
            "vllm brought no compiled library",
        ),
        (
            "vllm",
            {"vllm/_C.abi3.so": library(error="libtorch.so: undefined symbol")},
            "_C.abi3.so does not load: libtorch.so: undefined symbol",
        ),
        (
            "vllm",
            {"vllm/vllm_flash_attn/_C.abi3.so": library(error="libtorch.so: undefined symbol")},
            "_C.abi3.so does not load: libtorch.so: undefined symbol",
        ),
    ],
)
def test_each_wheel_and_library_that_is_not_as_promised_is_caught(
    tmp_path: Path, name: str, change: Files, message: str
) -> None:
    write(tmp_path, {**TRUE[name], **change})
    done = run(tmp_path, name, framework=FRAMEWORKS.get(name))
    assert (done.returncode, done.stderr) == (1, message + "\n")


@pytest.mark.parametrize("name", ["jax", "tensorflow"])
def test_without_a_driver_the_computation_is_not_run_and_says_so(tmp_path: Path, name: str) -> None:
    write(tmp_path, TRUE[name])
    done = run(tmp_path, f"{name}-gpu")
    assert (done.returncode, done.stdout.splitlines()[-1]) == (77, "no NVIDIA driver here")
