"""Which wheel a pin stands for: uv says so, once for each lock."""

from __future__ import annotations

from pathlib import Path

import pytest

from builder.core.errors import TailboxError
from builder.wheels import locate
from builder.wheels.locate import wheel_files

PYLOCK = """\
lock-version = "1.0"
[[packages]]
name = "a"
version = "1.0"
sdist = { url = "https://x.example/a-1.0.tar.gz", hashes = { sha256 = "00" } }
wheels = [{ url = "https://x.example/a-1.0-py3-none-any.whl", upload-time = 2026-07-12T03:31:47Z, size = 7, hashes = { sha256 = "11" } }]
[[packages]]
name = "b"
version = "2.0"
sdist = { url = "https://x.example/b-2.0.tar.gz", hashes = { sha256 = "22" } }
[[packages]]
name = "c"
version = "3.0"
wheels = [{ url = "https://x.example/c-3.0-py3-none-any.whl", hashes = { sha256 = "33" } }]
"""  # noqa: E501


def give(answer: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A uv that notes that it was called, and answers so."""
    uv = tmp_path / "uv"
    (tmp_path / "answer").write_text(answer)
    uv.write_text(
        f'#!/bin/sh\necho "$@" >>{tmp_path}/calls\ncat {tmp_path}/answer\n[ -s {tmp_path}/answer ]\n'
    )
    uv.chmod(0o755)
    monkeypatch.setattr(locate, "uv_program", lambda: str(uv))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def test_uv_is_asked_once_for_a_lock_and_a_python(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    give(PYLOCK, tmp_path, monkeypatch)
    found = wheel_files("a==1.0\n", "3.13")
    assert [(str(file), file.size, file.sha256) for file in found] == [("a 1.0", 7, "11"), ("c 3.0", 0, "33")]
    assert found[0].url == "https://x.example/a-1.0-py3-none-any.whl"
    assert found[0].uploaded is not None
    assert (found[0].uploaded.year, found[1].uploaded) == (2026, None)
    assert wheel_files("a==1.0\n", "3.13") == found
    wheel_files("a==1.0\n", "3.12")
    calls = (tmp_path / "calls").read_text().splitlines()
    assert [call.partition("--python-version ")[2].split()[0] for call in calls] == ["3.13", "3.12"]


def test_where_uv_cannot_say_it_nothing_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    give("", tmp_path, monkeypatch)
    with pytest.raises(TailboxError, match="uv does not say where the wheels are"):
        wheel_files("a==1.0\n", "3.13")
    give(PYLOCK, tmp_path, monkeypatch)
    assert wheel_files("a==1.0\n", "3.13")
