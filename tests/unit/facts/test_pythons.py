"""Which Python an image has, and on which Debian."""

from __future__ import annotations

import re

import pytest

from builder.core import paths
from builder.facts.load import load_pythons
from tests.kit.facts import FACTS

LIVE = load_pythons(paths.data("images"))


@pytest.mark.parametrize(
    ("python", "base", "debian", "full", "system", "interpreter"),
    [
        ("3.13", None, "trixie", "3.13.5", "3.13", "/usr/bin/python3"),
        ("3.11", None, "bookworm", "3.11.2", "3.11", "/usr/bin/python3"),
        (
            "3.12",
            None,
            "trixie",
            "3.12.16",
            "3.13",
            "/opt/python/cpython-3.12.16-linux-x86_64-gnu/bin/python3",
        ),
        ("3.12", "ubuntu:24.04", "trixie", "3.12", "3.12", "/usr/bin/python3"),
    ],
)
def test_debians_own_is_taken_where_one_has_it(
    python: str, base: str | None, debian: str, full: str, system: str, interpreter: str
) -> None:
    found = FACTS.pythons.of_image(python, base)
    assert (found.debian, found.full, found.system) == (debian, full, system)
    assert found.interpreter == interpreter


def test_every_python_from_3_10_to_3_14_is_to_be_had() -> None:
    assert LIVE.known() == ["3.10", "3.11", "3.12", "3.13", "3.14"]


def test_the_full_version_of_debians_python_is_that_of_its_locked_package() -> None:
    locked = (paths.data("images") / "locks" / "base.debian.txt").read_text()
    found = re.search(r"^python3\.13=([0-9.]+)-", locked, re.MULTILINE)
    assert found is not None
    assert found[1] == LIVE.debians["trixie"]
