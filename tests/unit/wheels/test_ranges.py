"""A file on a server: only what is read is fetched, and all of it where the server knows no ranges."""

from __future__ import annotations

import os
from pathlib import Path

import httpx
import pytest

from builder.wheels.ranges import RemoteFile
from tests.kit.files import FileServer

SIZE = 3_000_000


@pytest.mark.parametrize("ranges", [True, False])
def test_it_reads_as_a_file_on_the_disk_does(ranges: bool, tmp_path: Path) -> None:
    content = os.urandom(SIZE)
    (tmp_path / "a.whl").write_bytes(content)
    with (
        FileServer(tmp_path, ranges=ranges) as server,
        httpx.Client() as client,
        RemoteFile(f"{server.url}/a.whl", client) as remote,
    ):
        for start, size in [(0, 10), (10, 300_000), (2_999_990, 100), (1_000_000, 1), (5, 0)]:
            remote.seek(start)
            assert remote.read(size) == content[start : start + size]
        remote.seek(-7, os.SEEK_END)
        assert (remote.read(), remote.tell()) == (content[-7:], SIZE)
        assert remote.fetched == server.sent
        assert server.sent == SIZE if not ranges else server.sent < SIZE / 4


def test_what_is_not_there_is_an_error(tmp_path: Path) -> None:
    with FileServer(tmp_path) as server, httpx.Client() as client, pytest.raises(httpx.HTTPStatusError):
        RemoteFile(f"{server.url}/a.whl", client)


def test_a_server_that_stops_to_know_ranges_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a.whl").write_bytes(bytes(SIZE))
    with FileServer(tmp_path) as server, httpx.Client() as client:
        remote = RemoteFile(f"{server.url}/a.whl", client)
        server.ranges = False
        with pytest.raises(httpx.RequestError, match="answers a range with the whole file"):
            remote.read(1)
