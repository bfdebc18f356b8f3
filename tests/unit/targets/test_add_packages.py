"""Debian packages go into a target file where a person would write them, and nothing else changes."""

from __future__ import annotations

from pathlib import Path

import pytest

from builder.core.errors import InvalidInputError
from builder.targets.add_packages import add_apt


@pytest.mark.parametrize(
    ("before", "after", "line"),
    [
        ("a: 1  # why\n", "a: 1  # why\npackages:\n  apt: [libgl1, libx]\n", 2),
        ("a: 1", "a: 1\npackages:\n  apt: [libgl1, libx]\n", 2),
        (
            "packages:\n    # mine\n    pip: [a]\n",
            "packages:\n    # mine\n    apt: [libgl1, libx]\n    pip: [a]\n",
            3,
        ),
        ("packages: {pip: [a]}  # x\n", "packages: {apt: [libgl1, libx], pip: [a]}  # x\n", 1),
        ("packages:\n  apt: [ffmpeg]  # x\n", "packages:\n  apt: [libgl1, libx, ffmpeg]  # x\n", 2),
        (
            "packages:\n  apt:\n    # sound\n    - ffmpeg\n  pip: [a]\n",
            "packages:\n  apt:\n    # sound\n    - libgl1\n    - libx\n    - ffmpeg\n  pip: [a]\n",
            4,
        ),
    ],
    ids=["no packages", "no line end", "no apt", "flow mapping", "flow list", "block list"],
)
def test_each_way_to_write_it(before: str, after: str, line: int, tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(before)
    where = add_apt(file, ["libgl1", "libx"])
    assert (file.read_text(), where.path, where.line) == (after, file, line)


def test_what_it_cannot_change_stays_as_it_is(tmp_path: Path) -> None:
    file, text = tmp_path / "mine.yaml", "packages:\n  apt: &one\n    - ffmpeg\nother: *one\n"
    file.write_text(text)
    with pytest.raises(InvalidInputError, match=r"add libgl1 to packages\.apt"):
        add_apt(file, ["libgl1"])
    assert file.read_text() == text
