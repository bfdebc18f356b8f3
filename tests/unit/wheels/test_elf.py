"""What a shared library loads, read no further than needed."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from builder.wheels import elf
from tests.kit.wheels import GPU_CODE, library

_CHUNK = 4096


class Bytes:
    """A library in chunks, with the count of those that were taken."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.taken = 0

    def __iter__(self) -> Iterator[bytes]:
        for at in range(0, len(self._data), _CHUNK):
            self.taken += 1
            yield self._data[at : at + _CHUNK]


def read(data: bytes, name: str = "libx.so") -> tuple[elf.Linkage, int]:
    chunks = Bytes(data)
    linkage = elf.read(iter(chunks), name)
    assert linkage
    return linkage, chunks.taken


@pytest.mark.parametrize("names_last", [False, True])
def test_a_small_library_says_all(names_last: bool) -> None:
    data = library(
        "libc10.so", "libcudart.so.12", soname="libx.so.1", runpath="$ORIGIN:/opt", names_last=names_last
    )
    found, _ = read(data)
    assert found == elf.Linkage("libx.so.1", ("libc10.so", "libcudart.so.12"), ("$ORIGIN", "/opt"), (), True)


def test_a_large_library_that_loads_nothing_by_name_is_left_after_its_names() -> None:
    data = library("libcudart.so.12", soname="libx.so", runpath="$ORIGIN", text=os.urandom(50 * _CHUNK))
    found, taken = read(data)
    assert (found.needed, found.runpath, found.exact) == (("libcudart.so.12",), ("$ORIGIN",), False)
    assert taken == 1


def test_what_is_loaded_by_name_is_sought_up_to_the_gpu_code() -> None:
    text = b"\xff" * 10 * _CHUNK + b"\0libcublas.so.12\0" + GPU_CODE + b"\xff" * 50 * _CHUNK
    found, taken = read(library("libc.so.6", symbols=("__cxa_finalize", "dlopen"), text=text))
    assert (found.needed, found.by_name) == (("libc.so.6",), ("libcublas.so.12",))
    assert taken <= 12


def test_the_magic_number_in_an_instruction_is_no_gpu_code() -> None:
    text = GPU_CODE[:4] + b"\xff" * 20 * _CHUNK + b"\0libcudnn.so.9\0\xff"
    found, _ = read(library("libc.so.6", symbols=("__cxa_finalize", "dlopen"), text=text))
    assert found.by_name == ("libcudnn.so.9",)


def test_a_table_that_a_tool_moved_to_the_end_is_read_there() -> None:
    found, _ = read(library("libcudart.so.12", text=b"\xff" * 20 * _CHUNK, names_last=True))
    assert (found.needed, found.exact) == (("libcudart.so.12",), True)


def test_a_copy_of_a_cuda_library_does_not_ask_for_itself() -> None:
    data = library(symbols=("dlopen",), text=b"\0libcudart.so.12\0libcublas.so.12\0", names_last=True)
    assert read(data, "libcudart-c64a25f3.so.12.3.101")[0].by_name == ("libcublas.so.12",)


@pytest.mark.parametrize(
    "data",
    [b"", b"INPUT(libc.so.6)", b"\x7fELF\x01\x01" + bytes(90), library("libc.so.6")[:100]],
    ids=["empty", "linker script", "32 bits", "cut"],
)
def test_what_is_no_library_says_nothing(data: bytes) -> None:
    found = elf.read(iter([data]), "libx.so")
    assert found is None or not found.needed


@pytest.mark.skipif(not shutil.which("gcc"), reason="no C compiler")
def test_a_compiled_library_is_read_as_readelf_reads_it(tmp_path: Path) -> None:
    source = tmp_path / "x.c"
    source.write_text("#include <math.h>\ndouble f(double x) { return pow(x, sin(x)); }\n")
    built = tmp_path / "libx.so"
    command = ["gcc", "-shared", "-fPIC", "-Wl,-soname,libx.so.1", "-Wl,-rpath,$ORIGIN/lib", "-o"]
    subprocess.run([*command, str(built), str(source), "-lm"], check=True)
    found, _ = read(built.read_bytes())
    assert (found.soname, found.runpath) == ("libx.so.1", ("$ORIGIN/lib",))
    assert "libm.so.6" in found.needed
    front, _ = read(built.read_bytes()[:-_CHUNK])
    assert (front.needed, front.exact) == (found.needed, False)
