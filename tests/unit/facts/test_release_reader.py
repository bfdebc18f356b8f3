"""Facts from wheels: machine code from fat binaries, CUDA from a closure, and the line they make."""

from __future__ import annotations

import dataclasses
import json
import struct
import zipfile
from pathlib import Path

import pytest

from builder.core import paths
from builder.core.errors import InvalidInputError, TailboxError
from builder.facts import fatbin, user_releases
from builder.facts.fatbin import Code
from builder.facts.load import load_facts
from builder.facts.release_reader import WheelFacts, cuda_of, read
from builder.lock.pins import parse_pins

PTX, CUBIN = 1, 2


def binary(*entries: tuple[int, int], payload: int = 24) -> bytes:
    """A fat binary with (kind, arch) entries, as nvcc lays them out."""
    body = b""
    for kind, arch in entries:
        header = struct.pack("<HHIQ", kind, 0x101, 64, payload) + bytes(12) + struct.pack("<I", arch)
        body += header.ljust(64, b"\0") + b"\x11" * payload
    return struct.pack("<IHHQ", 0xBA55ED50, 1, 16, len(body)) + body


def library(path: Path, *containers: bytes) -> Path:
    path.write_bytes(b"\x7fELF junk" + b"more junk".join(containers) + b"end")
    return path


def test_machine_code_and_ptx_are_told_apart(tmp_path: Path) -> None:
    one = binary((CUBIN, 86), (CUBIN, 120), (PTX, 120))
    assert fatbin.of_file(library(tmp_path / "x.so", one, one)) == Code(("sm_86", "sm_120"), ("sm_120",))


def test_a_gpu_that_only_few_kernels_know_is_not_served(tmp_path: Path) -> None:
    bulk, few = binary((CUBIN, 80), (CUBIN, 90)), binary((CUBIN, 103))
    assert fatbin.of_file(library(tmp_path / "x.so", bulk, bulk, bulk, few)).archs == ("sm_80", "sm_90")


@pytest.mark.parametrize(
    "content", [b"", b"no code", struct.pack("<I", 0xBA55ED50), binary((CUBIN, 80))[:40]]
)
def test_what_is_no_fat_binary_or_a_broken_one_holds_nothing(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.so").write_bytes(content)
    assert fatbin.of_file(tmp_path / "x.so") == Code((), ())


def test_the_library_with_most_kernels_decides_for_a_wheel(tmp_path: Path) -> None:
    main = library(tmp_path / "main.so", *[binary((CUBIN, 80), (CUBIN, 120))] * 5)
    side = library(tmp_path / "side.so.1", binary((CUBIN, 90)))
    with zipfile.ZipFile(tmp_path / "a.whl", "w") as wheel:
        for path in (main, side):
            wheel.write(path, f"a/{path.name}")
        wheel.writestr("a/__init__.py", "")
    assert fatbin.of_wheel(tmp_path / "a.whl", tmp_path / "out").archs == ("sm_80", "sm_120")
    assert [path for path in (tmp_path / "out").rglob("*") if path.is_file()] == []


@pytest.mark.parametrize(
    ("pins", "expected"),
    [
        ("nvidia-cuda-runtime==13.2.86\ntorch==2.15.0\n", "13.2"),
        ("nvidia-cuda-runtime-cu12==12.8.90\n", "12.8"),
        ("nvidia-cuda-nvrtc-cu12==12.8.90\nnumpy==2\n", ""),
    ],
)
def test_cuda_is_the_runtimes(pins: str, expected: str) -> None:
    assert cuda_of(parse_pins(pins)) == expected


COMPAT = load_facts(paths.data("images")).compat
FOUND = WheelFacts("jax[cuda13]==9.9", ("3.12", "3.13"), "13.2", Code(("sm_75",), ("sm_120",)))


def test_what_was_read_can_be_planned_with_at_once(tmp_path: Path) -> None:
    path, images = tmp_path / "own" / "releases.yaml", paths.data("images")
    entry = user_releases.entry(FOUND, load_facts(images))
    user_releases.save("jax", {**entry, "archs": []}, path, COMPAT)
    user_releases.save("jax", entry, path, COMPAT)
    newest = max(load_facts(images, path).compat.frameworks["jax"], key=lambda release: release.order)
    assert newest.framework_requirement("jax") == "jax[cuda13]==9.9"
    assert (newest.python, newest.archs, newest.ptx) == (("3.12", "3.13"), ("sm_75",), ("sm_120",))
    assert "nvidia-nvvm" in newest.hold


def test_the_facts_of_a_framework_nobody_knows_stand_alone(tmp_path: Path) -> None:
    path, images = tmp_path / "releases.yaml", paths.data("images")
    found = dataclasses.replace(FOUND, requirement="mine==1")
    user_releases.save("mine", user_releases.entry(found, load_facts(images)), path, COMPAT)
    assert [r.version for r in load_facts(images, path).compat.frameworks["mine"]] == ["1"]
    assert load_facts(images).compat.frameworks.keys() < load_facts(images, path).compat.frameworks.keys()


@pytest.mark.parametrize(
    ("requirement", "found", "expected"),
    [
        ("jax==0.13.0", "", r"(?s)jax==0.13.0 brings no CUDA.*jax\[cuda13\]==0.13.0"),
        ("torch==3.0.0", "14.0", r"CUDA 14.0: no driver is known for CUDA 14"),
    ],
)
def test_a_release_that_no_plan_could_take_is_not_kept(
    tmp_path: Path, requirement: str, found: str, expected: str
) -> None:
    read = dataclasses.replace(FOUND, requirement=requirement, cuda=found)
    entry = user_releases.entry(read, load_facts(paths.data("images")))
    with pytest.raises(InvalidInputError, match=expected):
        user_releases.save(read.name, entry, tmp_path / "own.yaml", COMPAT)
    assert not (tmp_path / "own.yaml").exists()


@pytest.mark.parametrize(("key", "value"), [("cuda", ""), ("cuda", "14.0"), ("version", "newest")])
def test_a_release_that_no_plan_could_take_is_told_where_it_stands(
    tmp_path: Path, key: str, value: str
) -> None:
    row = {"version": "9", "cuda": "13.2", "python": ["3.13"], "archs": ["sm_75"], "source": "x"} | {
        key: value
    }
    (tmp_path / "own.yaml").write_text(json.dumps({"frameworks": {"jax": [row]}}, indent=1))
    with pytest.raises(InvalidInputError, match=r"own.yaml:\d") as caught:
        load_facts(paths.data("images"), tmp_path / "own.yaml")
    assert caught.value.problems[0].remedy


@pytest.mark.parametrize("text", ["torch", "torch>=2", "torch==2; id", "-r x==1", "torch==$(id)"])
def test_only_a_release_is_read(text: str) -> None:
    with pytest.raises(TailboxError, match="is not a release"):
        read(text, text)
