"""The wheels of a lock are read by ranges, once each, and one that cannot be read stops no other."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from builder.wheels.fetch import SWITCH, read_wheels, with_credentials
from builder.wheels.libraries import Library
from builder.wheels.locate import WheelFile
from tests.kit.files import FileServer
from tests.kit.wheels import library, wheel


@pytest.fixture(autouse=True)
def _empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv(SWITCH)


def offered(path: Path, server: FileServer) -> WheelFile:
    content = path.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    name = path.name.partition("-")[0]
    url = f"{server.url}/{path.name}"
    return WheelFile(name=name, version="1.0", url=url, size=len(content), sha256=digest, uploaded=None)


def test_a_wheel_is_read_by_ranges_and_from_then_on_from_the_cache(tmp_path: Path) -> None:
    files = {
        "a/__init__.py": b"",
        "a/_c.so": library("libcudart.so.12", soname="_c.so"),
        "a/weights.bin": os.urandom(2_000_000),
        "a/models.so.txt": b"no library",
        "nvidia/x/libcublas.so.12": library("libother.so.1"),
    }
    path = wheel(tmp_path, "a", files, requires=("numpy>=2",))
    with FileServer(tmp_path) as server:
        cold, warm = (read_wheels([offered(path, server)]) for _ in range(2))
        assert 0 < cold.fetched == server.sent < 500_000
    assert (warm.fetched, warm.wheels) == (0, cold.wheels)
    found = cold.wheels["a"]
    assert found.requires == ("numpy>=2",)
    assert {"a/__init__.py", "a/weights.bin"} < found.files.keys()
    own, given = found.libraries
    assert own == Library(path="a/_c.so", soname="_c.so", needed=("libcudart.so.12",), runpath=(), by_name=())
    assert (given.names, given.needed) == (("libcublas.so.12",), ()), "of NVIDIA's own the names are enough"


def test_where_the_index_knows_no_ranges_a_wheel_is_downloaded_once(tmp_path: Path) -> None:
    path = wheel(tmp_path, "a", {"a/_c.so": library("libc10.so"), "a/more": os.urandom(400_000)})
    with FileServer(tmp_path, ranges=False) as server:
        reading = read_wheels([offered(path, server)])
        assert reading.fetched == server.sent == path.stat().st_size
    assert reading.wheels["a"].libraries[0].needed == ("libc10.so",)


def test_a_wheel_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    good = wheel(tmp_path, "good", {"good/__init__.py": b""})
    broken, gone = tmp_path / "broken-1.0-py3-none-any.whl", tmp_path / "gone-1.0-py3-none-any.whl"
    broken.write_bytes(b"no zip file")
    gone.write_bytes(b"")
    with FileServer(tmp_path) as server:
        files = [offered(path, server) for path in (good, broken, gone)]
        gone.unlink()
        reading = read_wheels(files)
    assert list(reading.wheels) == ["good"]
    assert reading.unread == {
        "broken": "BadZipFile: File is not a zip file",
        "gone": "HTTPStatusError: Client error '404 Not Found'",
    }
    assert "1 wheels" in str(reading)


def test_the_credentials_of_an_index_go_to_its_files_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UV_INDEX", "team=https://me:secret@wheels.example:8443/simple")
    assert (
        with_credentials("https://wheels.example:8443/a.whl") == "https://me:secret@wheels.example:8443/a.whl"
    )
    for url in ("https://other.example/a.whl", "https://wheels.example/a.whl"):
        assert with_credentials(url) == url


def test_with_the_switch_off_no_index_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SWITCH, "off")
    path = wheel(tmp_path, "a", {"a/__init__.py": b""})
    with FileServer(tmp_path) as server:
        reading = read_wheels([offered(path, server)])
        assert (server.sent, reading.fetched, reading.wheels) == (0, 0, {})
    assert reading.unread == {"a": f"{SWITCH} is off"}
