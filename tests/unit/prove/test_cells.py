"""The grid tells what ended otherwise than it must, and its probe tells a failure from an answer."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path as FilePath
from typing import Any

import pytest

from builder.prove import probes
from builder.prove.cells import Cell, Means, Mode, Protocol, Route, cells_text, rows

WORKS = Cell(Mode.DEFAULT, "userspace", Means.PLAIN, Route.DIRECT, Protocol.TCP, "v4", True, "", 2.5)
FAILS = replace(WORKS, must_work=False, failure="ENETUNREACH", ms=0)


@pytest.mark.parametrize(
    ("cells", "text"),
    [
        ((), ""),
        ((WORKS, replace(WORKS, address="v6", ms=3.5)), "works  v4 v6  3.0 ms"),
        ((WORKS, replace(WORKS, address="v6", attempts=2)), "works  v4 v6  2.5 ms  v6 at attempt 2"),
        ((FAILS,), "fails, as it must  v4  ENETUNREACH"),
        ((WORKS, replace(WORKS, address="v6", failure="no answer")), "WRONG: v6 no answer"),
        ((FAILS, replace(FAILS, address="v6", failure="")), "WRONG: v6 works"),
    ],
)
def test_told(cells: tuple[Cell, ...], text: str) -> None:
    assert cells_text(cells) == text


def test_rows_group_by_pair_means_and_path() -> None:
    derp = replace(WORKS, path=Route.DERP)
    transfer = replace(WORKS, mbit_s=300)
    direct, far = rows([WORKS, derp, transfer, replace(WORKS, protocol=Protocol.UDP)])[::-1]
    assert (direct.path, far.path) == ("direct", "DERP")
    assert direct.by(Protocol.TCP) == (WORKS,)
    assert (direct.mbit_s, far.mbit_s) == (300, 0)


def probe(name: str, asked: dict[str, Any]) -> bytes:
    source = (FilePath(probes.__file__).parent / f"{name}.py").read_text()
    command = [sys.executable, "-IS", "-c", source]
    done = subprocess.run(command, input=json.dumps(asked).encode(), capture_output=True, check=True)
    return done.stdout


def request(protocol: str, port: int, size: int = 0) -> dict[str, Any]:
    return {"means": "plain", "protocol": protocol, "host": "127.0.0.1", "port": port, "bytes": size}


def test_reach_meets_echo_and_tells_a_closed_port() -> None:
    with socket.create_server(("127.0.0.1", 0)) as reserved:
        closed = reserved.getsockname()[1]
    source = (FilePath(probes.__file__).parent / "echo.py").read_text()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    # The same program without its child: here it must end with the test.
    source = source.replace("if os.fork():", "if False:").replace("os.setsid()", "print(flush=True)")
    command = [sys.executable, "-IS", "-c", source]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as echo:
        assert echo.stdin is not None
        assert echo.stdout is not None
        echo.stdin.write(json.dumps({"host": "127.0.0.1", "port": port}).encode())
        echo.stdin.close()
        echo.stdout.readline()
        requests = [request("tcp", port), request("udp", port), request("tcp", port, 1 << 20)]
        requests.append(request("tcp", closed))
        asked = {"proxy": ["127.0.0.1", closed], "seconds": 5, "requests": requests}
        answers = json.loads(probe("reach", asked))
        echo.kill()
    assert [answer["failure"] for answer in answers] == ["", "", "", "ECONNREFUSED"]
    assert answers[2]["mbit_s"] > 0
