"""Which wheels of a lock need what it brings in another version alone."""

from __future__ import annotations

import pytest

from builder.wheels.libraries import Library, WheelLibraries
from builder.wheels.needs import Mismatch, mismatches


def lib(path: str, *needed: str, by_name: tuple[str, ...] = ()) -> Library:
    return Library(path=path, soname="", needed=needed, runpath=(), by_name=by_name)


def holding(*libraries: Library) -> WheelLibraries:
    return WheelLibraries(requires=(), files={}, libraries=libraries)


CUDA = holding(lib("nvidia/cu13/lib/libcublas.so.13"), lib("nvidia/cu13/lib/libcudart.so.13"))
RUNTIME = "libcudart.so.12"


@pytest.mark.parametrize(
    ("wheel", "needs", "linked"),
    [
        (holding(lib("a/_c.so", "libcublas.so.12")), {"libcublas.so.12": "a/_c.so"}, {"libcublas.so.12"}),
        (holding(lib("a/_c.so", by_name=("libcublas.so.12",))), {"libcublas.so.12": "a/_c.so"}, set()),
        (
            holding(lib("a/_c.so", RUNTIME, by_name=("libcudart.so.13",))),
            {RUNTIME: "a/_c.so"},
            {RUNTIME},
        ),
        (
            holding(lib("a/_c.so", RUNTIME), lib("a.libs/libcudart.so.12")),
            {},
            set(),
        ),
        (holding(lib("a/_c.so", "libcublas.so.13", "libm.so.6")), {}, set()),
        (holding(lib("a/cuda12.so", RUNTIME), lib("a/cuda13.so", "libcudart.so.13")), {}, set()),
        (holding(lib("a/_c.so", by_name=(RUNTIME, "libcudart.so.13"))), {}, set()),
        (holding(lib("a/_c.so", "libnvinfer.so.10", "libcuda.so.1")), {}, set()),
    ],
    ids=[
        "linked",
        "by name",
        "linked with one and able to load the other",
        "its own copy",
        "the same",
        "one library a CUDA",
        "either by name",
        "of nobody",
    ],
)
def test_a_wheel_beside_cuda_13(wheel: WheelLibraries, needs: dict[str, str], linked: set[str]) -> None:
    found = mismatches({"a": wheel, "nvidia": CUDA})
    assert [(dict(one.needs), set(one.linked)) for one in found] == ([(needs, linked)] if needs else [])


def test_both_sides_are_named() -> None:
    (found,) = mismatches({"a": holding(lib("a/_c.so", RUNTIME)), "nvidia": CUDA})
    assert found == Mismatch("a", {RUNTIME: "a/_c.so"}, {"libcudart.so.13": "nvidia"}, frozenset({RUNTIME}))


def test_of_families_that_nvidia_does_not_bring_the_system_may_have_one() -> None:
    gomp = holding(lib("torch/lib/libgomp.so.1"))
    assert mismatches({"a": holding(lib("a/_c.so", "libgomp.so.1.0.0")), "torch": gomp, "n": CUDA}) == []


def test_the_private_copy_of_one_wheel_serves_no_other() -> None:
    copy = holding(lib("b.libs/libcudart.so.12"))
    assert [
        one.wheel for one in mismatches({"a": holding(lib("a/_c.so", RUNTIME)), "b": copy, "n": CUDA})
    ] == ["a"]
