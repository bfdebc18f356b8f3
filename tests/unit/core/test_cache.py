"""Commands that run side by side keep what they found in one place."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from builder.core import cache, paths


def test_of_many_that_write_at_once_one_is_read_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    written = [{f"step {step}": float(writer) for step in range(500)} for writer in range(8)]

    def keep_and_read(one: dict[str, float]) -> bool:
        cache.store("seconds.json", one)
        return cache.load("seconds.json") in written

    with ThreadPoolExecutor(len(written)) as pool:
        assert all(pool.map(keep_and_read, written * 10))
    assert [file.name for file in paths.cache().iterdir()] == ["seconds.json"]


def test_nothing_kept_yet_is_an_empty_record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache.load("seconds.json") == {}


@pytest.mark.parametrize("found", [b"", b'{"a": 1', b"\xff\xfe", b"[1]", b"null"])
def test_what_cannot_be_read_is_an_empty_record(
    found: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    file = paths.cache() / "seconds.json"
    file.parent.mkdir()
    file.write_bytes(found)
    assert cache.load("seconds.json") == {}
    cache.store("seconds.json", {"step": 1.0})
    assert cache.load("seconds.json") == {"step": 1.0}


def test_a_cache_that_cannot_be_used_ends_no_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    cache.store("seconds.json", {"step": 1.0})
    assert cache.load("seconds.json") == {}
