"""The host's mirror: asked once, and again when apt's sources have changed."""

from __future__ import annotations

from pathlib import Path

import pytest

from builder import mirror

pytestmark = pytest.mark.unit


def test_it_is_asked_again_only_after_a_change(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sources = tmp_path / "sources.list.d"
    sources.mkdir()
    (sources / "debian.sources").write_text("one")
    answers = iter(["http://one.example/debian", None])
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(mirror, "_SOURCES", (str(sources),))
    monkeypatch.setattr(mirror, "_ask", lambda: next(answers))
    monkeypatch.setattr("shutil.which", lambda _: "/usr/bin/apt-get")
    assert mirror.debian_mirror() == "http://one.example/debian"
    assert mirror.debian_mirror() == "http://one.example/debian"
    (sources / "other.sources").write_text("two")
    assert mirror.debian_mirror() is None
