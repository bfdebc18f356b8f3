"""The program that builds a wheel in a container: CUDA's wheels become one folder."""

from __future__ import annotations

import runpy
from pathlib import Path

from builder.core import paths

BUILD = runpy.run_path(str(paths.data("templates") / "wheels" / "build.py"))


def _file(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_cuda_home_joins_the_folders_of_wheels_and_the_builds_own_come_first(tmp_path: Path) -> None:
    own, image, home = tmp_path / "own", tmp_path / "image", tmp_path / "cuda"
    _file(own / "nvidia" / "cuda_nvcc" / "bin" / "nvcc", "own")
    _file(own / "nvidia" / "cuda_runtime" / "include" / "cuda.h", "own")
    _file(image / "nvidia" / "cuda_runtime" / "include" / "cuda.h", "image")
    _file(image / "nvidia" / "cublas" / "lib" / "libcublas.so.13", "image")
    BUILD["merge_cuda"]([own, image], home)
    assert not (home / "bin" / "nvcc").is_symlink()
    assert (home / "include" / "cuda.h").read_text() == "own"
    assert (home / "lib64" / "libcublas.so").read_text() == "image"
