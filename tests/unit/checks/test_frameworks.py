"""The checks of JAX, TensorFlow, vLLM and Diffusers against installations broken in one way each."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.checks.frameworks import CUDART, FRAMEWORKS, TRUE
from tests.unit.checks.installation import Files, library, run, wheel, write

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("jax", "jax 0.12.0, CUDA 13.2.86, compiles and differentiates on the CPU"),
        ("jax-gpu", "a matrix product on NVIDIA H100"),
        ("tensorflow", "tensorflow 2.22.0, CUDA 13.2, sm_86 sm_120"),
        ("tensorflow-gpu", "a matrix product on GPU:0"),
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


def test_jax_of_cuda_12_passes(tmp_path: Path) -> None:
    """Its wheels have names of their own, the runtime's too."""
    thirteen = ("jax-cuda13-plugin", "nvidia-nccl-cu13", "nvidia-cuda-runtime")
    absent = dict.fromkeys([path for name in thirteen for path in wheel(name)])
    twelve = wheel("jax-cuda12-plugin") | wheel("nvidia-cuda-runtime-cu12", "12.9.79")
    write(tmp_path, {**TRUE["jax"], **absent, **twelve})
    done = run(tmp_path, "jax", framework=FRAMEWORKS["jax"], cuda="12.9")
    said = "jax 0.12.0, CUDA 12.9.79, compiles and differentiates on the CPU\n"
    assert (done.returncode, done.stdout) == (0, said), done.stderr


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
            "machine code for sm_120 was promised, TensorFlow was built for ['sm_86']",
        ),
        (
            "tensorflow",
            "tensorflow.py",
            "Matrix.numpy = lambda self: 365.0",
            "a matrix product on the CPU is wrong",
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
        ("jax", wheel("jax-cuda12-plugin"), "CUDA 13.2 was promised, the wheels are of CUDA 12, 13"),
        ("jax", wheel("nvidia-nccl-cu12"), "CUDA 13.2 was promised, the wheels are of CUDA 12, 13"),
        (
            "jax",
            wheel("nvidia-cuda-runtime", "13.0.96"),
            "CUDA 13.2 was promised, nvidia-cuda-runtime is 13.0.96",
        ),
        (
            "tensorflow",
            wheel("nvidia-nccl-cu12"),
            "one CUDA was promised, the wheels are of CUDA 12, 13",
        ),
        (
            "tensorflow",
            dict.fromkeys(wheel("nvidia-nccl-cu13")),
            "one CUDA was promised, the wheels are of CUDA ",
        ),
        ("tensorflow", {CUDART: library(version=13000)}, "CUDA 13.2 was promised, libcudart says 13.0"),
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
    ],
)
def test_each_wheel_and_library_that_is_not_as_promised_is_caught(
    tmp_path: Path, name: str, change: Files, message: str
) -> None:
    write(tmp_path, {**TRUE[name], **change})
    done = run(tmp_path, name, framework=FRAMEWORKS.get(name))
    assert (done.returncode, done.stderr) == (1, message + "\n")


def test_jax_without_a_driver_is_not_run_and_says_so(tmp_path: Path) -> None:
    write(tmp_path, TRUE["jax"])
    done = run(tmp_path, "jax-gpu")
    assert (done.returncode, done.stdout.splitlines()[-1]) == (77, "no NVIDIA driver here")


def test_tensorflow_without_a_gpu_is_not_run_and_says_so(tmp_path: Path) -> None:
    no_gpu = f"{TRUE['tensorflow-gpu']['tensorflow.py']}\nconfig.list_physical_devices = lambda _: []\n"
    write(tmp_path, {**TRUE["tensorflow-gpu"], "tensorflow.py": no_gpu})
    done = run(tmp_path, "tensorflow-gpu")
    assert (done.returncode, done.stdout.splitlines()[-1]) == (77, "no GPU here")
