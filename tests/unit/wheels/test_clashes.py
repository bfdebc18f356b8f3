"""Wheels that overwrite each other's code are found by their lists of files."""

from __future__ import annotations

import pytest

from builder.wheels.clashes import Clash, clashes
from builder.wheels.libraries import WheelLibraries


def holding(**files: int) -> WheelLibraries:
    return WheelLibraries(requires=(), files=dict(files), libraries=())


def test_the_wheel_that_brings_more_of_the_module_is_the_one_to_keep() -> None:
    small = holding(**{"cv2/__init__.py": 1, "cv2/cv2.abi3.so": 1, "a.libs/x": 1, "a.libs/y": 1})
    large = holding(**{"cv2/__init__.py": 1, "cv2/cv2.abi3.so": 2, "cv2/face/__init__.py": 3})
    assert clashes({"a": small, "b": large}) == [Clash("b", "a", ("cv2",), 1)]
    assert clashes({"a": large, "b": small}) == [Clash("a", "b", ("cv2",), 1)]


@pytest.mark.parametrize(
    "path",
    ["nvidia/__init__.py", "a/README.md", "tests/__init__.py", "build_backend.py", "a-1.dist-info/RECORD"],
)
def test_what_hurts_nobody_is_no_clash(path: str) -> None:
    other = 1 if path == "nvidia/__init__.py" else 2
    assert clashes({"a": holding(**{path: 1}), "b": holding(**{path: other})}) == []


def test_a_third_wheel_clashes_with_each_other_content() -> None:
    found = clashes({name: holding(**{"m/_c.so.1": number}) for number, name in enumerate("abc")})
    assert [(one.smaller, one.larger) for one in found] == [("a", "b"), ("a", "c"), ("b", "c")]
