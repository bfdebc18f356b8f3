"""The archive of a CPython that uv brings: fetched once from a mirror, by its hash, before a build begins."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from builder.build.managed_python import archive
from builder.core.errors import TailboxError
from tests.kit.python_mirror import Mirror

# What uv adapts to where it unpacks.
_CONFIGURATION = b"# system configuration generated and used by the sysconfig module\nbuild_time_vars = {}\n"


def _python(*names: str) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as files:
        for name in names:
            info = tarfile.TarInfo(f"python/{name}")
            info.mode, info.size = 0o755, len(_CONFIGURATION)
            files.addfile(info, io.BytesIO(_CONFIGURATION))
    return packed.getvalue()


WHOLE = _python("bin/python3.12", "lib/python3.12/_sysconfigdata__linux_x86_64-linux-gnu.py")


@pytest.fixture
def mirror(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Mirror]:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")
    with Mirror(tmp_path / "mirror") as mirror:
        monkeypatch.setenv("UV_PYTHON_INSTALL_MIRROR", mirror.url)
        yield mirror


def test_an_archive_is_fetched_once_from_the_mirror_of_this_host(mirror: Mirror) -> None:
    build = mirror.add("3.12.1", WHOLE)
    assert [archive(build).read_bytes() for _ in range(2)] == [WHOLE, WHOLE]
    assert mirror.asked == 1


def test_another_archive_than_locked_is_refused_and_not_kept(mirror: Mirror, tmp_path: Path) -> None:
    build = mirror.add("3.12.1", WHOLE)
    mirror.add("3.12.1", _python("bin/python3.12", "lib/python3.12/forged.py"))
    with pytest.raises(TailboxError, match="Hash mismatch"):
        archive(build)
    assert not list((tmp_path / "cache").rglob("*.tar.gz"))


def test_what_cannot_be_fetched_is_named_with_its_address_and_hash(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("UV_PYTHON_INSTALL_MIRROR", (tmp_path / "none").as_uri())
    build = Mirror.entry("3.12.1", WHOLE)
    with pytest.raises(TailboxError) as refused:
        archive(build)
    (problem,) = refused.value.problems
    assert f"from {(tmp_path / 'none').as_uri()}/20260101/cpython-3.12.1" in problem.what
    assert build.sha256 in problem.what
    assert "UV_PYTHON_INSTALL_MIRROR" in problem.remedy
    assert "20260101/cpython-3.12.1+20260101" in problem.remedy
