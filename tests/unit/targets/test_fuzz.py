"""No target file, however strange, ends in a traceback or leaves a value unquoted."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.unit.targets import fuzz


def run(first: int, count: int, folder: Path) -> Counter[str]:
    """Try files by their seeds; the seed of one that fails is in the message."""
    (folder / "beside").write_text("x\n")
    ends: Counter[str] = Counter()
    for seed in range(first, first + count):
        try:
            ends[fuzz.tried(seed, folder)] += 1
        except Exception as error:
            raise AssertionError(f"seed {seed}: {(folder / 'mine.yaml').read_bytes()!r}") from error
    return ends


def test_strange_files_are_refused_or_quoted(tmp_path: Path) -> None:
    ends = run(0, 150, tmp_path)
    assert min(ends["refused"], ends["rendered"]) >= 15, ends


@pytest.mark.deep
@pytest.mark.parametrize("part", range(4))
def test_ten_thousand_strange_files_are_refused_or_quoted(part: int, tmp_path: Path) -> None:
    ends = run(1000 + part * 2500, 2500, tmp_path)
    assert min(ends["refused"], ends["rendered"]) >= 250, ends
