"""The checks of CUDA's libraries and of nvcc against installations that are broken in one way each."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.checks.installation import PYTHON, Files, library, run, wheel, write

_LIB = "nvidia/cu13/lib"
CUDA: Files = {
    **PYTHON,
    **wheel("nvidia-nccl-cu13", "nvidia/nccl/lib/libnccl.so.2"),
    # Parts of a compiler for both, outside nvidia/: vLLM asks for such wheels.
    **wheel("nvidia-cutlass-dsl-libs-cu12", "nvidia_cutlass_dsl/lib/libcute.so"),
    f"{_LIB}/libcudart.so.13": library(version=13020),
    f"{_LIB}/libcublas.so.13": library(),
}
_NO_CUBLASLT = "libcublasLt.so.13: cannot open shared object file"


def test_true_libraries_pass(tmp_path: Path) -> None:
    write(tmp_path, CUDA)
    done = run(tmp_path, "cuda")
    assert (done.returncode, done.stdout) == (0, "CUDA 13.2; 2 libraries load, 0 wait for a driver\n"), (
        done.stderr
    )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            wheel("nvidia-nccl-cu12", "nvidia/nccl/lib/libnccl.so.2"),
            "CUDA 13.2 was promised, the wheels are of CUDA 12, 13",
        ),
        (
            {"nvidia/cu12/lib/libcufft.so.11": library()},
            "CUDA 13.2 was promised, the wheels are of CUDA 12, 13",
        ),
        ({f"{_LIB}/libcudart.so.13": None}, "one libcudart was promised, found 0 below {site}/nvidia"),
        (
            {f"{_LIB}/libcudart.so.14": library(version=14000)},
            "one libcudart was promised, found 2 below {site}/nvidia",
        ),
        (
            {f"{_LIB}/libcudart.so.13": library(version=13000)},
            "CUDA 13.2 was promised, libcudart says 13.0",
        ),
        (
            {f"{_LIB}/libcublas.so.13": library(error=_NO_CUBLASLT)},
            f"CUDA libraries do not load: libcublas.so.13: {_NO_CUBLASLT}",
        ),
    ],
)
def test_each_lie_of_the_libraries_is_caught(tmp_path: Path, change: Files, message: str) -> None:
    write(tmp_path, {**CUDA, **change})
    done = run(tmp_path, "cuda")
    assert (done.returncode, done.stderr) == (1, message.format(site=tmp_path) + "\n")


def test_cuda_of_another_major_version_than_promised_is_named(tmp_path: Path) -> None:
    """Most wheels of CUDA 13 have no CUDA in their names."""
    write(tmp_path, {**CUDA, **dict.fromkeys(wheel("nvidia-nccl-cu13"))})
    done = run(tmp_path, "cuda", cuda="12.9")
    message = "CUDA 12.9 was promised, the wheels are of CUDA 13\n"
    assert (done.returncode, done.stderr) == (1, message)


def test_no_cuda_at_all_is_named(tmp_path: Path) -> None:
    write(tmp_path, PYTHON)
    done = run(tmp_path, "cuda")
    assert (done.returncode, done.stderr) == (1, "CUDA 13.2 was promised, the wheels are of CUDA none\n")


def test_a_library_that_takes_the_driver_is_counted_apart(tmp_path: Path) -> None:
    no_driver = library(error="libcuda.so.1: cannot open shared object file")
    write(tmp_path, {**CUDA, f"{_LIB}/libcudnn_engines.so.9": no_driver})
    done = run(tmp_path, "cuda")
    said = "CUDA 13.2; 2 libraries load, 1 wait for a driver\n"
    assert (done.returncode, done.stdout) == (0, said), done.stderr


def test_a_library_that_takes_the_host_is_left_out(tmp_path: Path) -> None:
    broken = library(error="libibverbs.so.1: cannot open shared object file")
    write(tmp_path, {**CUDA, f"{_LIB}/nvshmem_transport_ibrc.so.4": broken})
    done = run(tmp_path, "cuda")
    assert (done.returncode, done.stdout) == (0, "CUDA 13.2; 2 libraries load, 0 wait for a driver\n"), (
        done.stderr
    )


_NVCC = """#!/bin/sh
case "$*" in {refused}) echo "nvcc fatal: Unsupported gpu architecture" >&2; exit 1 ;; esac
while [ "$1" != -o ]; do shift; done
echo '{library}' > "$2"
"""


def fake_nvcc(site: Path, refused: str = "none", runtime: int = 13020, thrust_version: int = 300200) -> None:
    """An nvcc whose library gives these versions; it compiles for no GPU of the pattern `refused`."""
    made = library(runtime=runtime, thrust_version=thrust_version)
    write(site, {**PYTHON, "bin/nvcc": _NVCC.format(refused=refused, library=made)})
    (site / "bin" / "nvcc").chmod(0o700)


def test_an_nvcc_that_compiles_passes(tmp_path: Path) -> None:
    fake_nvcc(tmp_path)
    done = run(tmp_path, "nvcc")
    said = "nvcc compiled a kernel for sm_75 sm_120 with CUDA 13.2\n"
    assert (done.returncode, done.stdout) == (0, said), done.stderr


@pytest.mark.parametrize("gpu", ["75", "120"])
def test_an_nvcc_that_lacks_a_promised_gpu_is_caught(tmp_path: Path, gpu: str) -> None:
    fake_nvcc(tmp_path, refused=f"*arch=compute_{gpu},code=sm_{gpu}*")
    done = run(tmp_path, "nvcc")
    message = "nvcc failed\nnvcc fatal: Unsupported gpu architecture\n"
    assert (done.returncode, done.stderr) == (1, message + "\n")


@pytest.mark.parametrize(
    ("versions", "message"),
    [
        ({"runtime": 12080}, "CUDA 13.2 was promised, what nvcc linked says 12.8"),
        ({"thrust_version": 101700}, "Thrust's headers say version 101700"),
    ],
)
def test_each_lie_of_what_nvcc_linked_is_caught(
    tmp_path: Path, versions: dict[str, int], message: str
) -> None:
    fake_nvcc(tmp_path, "none", **versions)
    done = run(tmp_path, "nvcc")
    assert (done.returncode, done.stderr) == (1, message + "\n")
