"""The programs that look into a node see what is there. They run here on this machine's own processes."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from builder.prove import probes

PROBES = Path(probes.__file__).parent

pytestmark = pytest.mark.skipif(
    not Path("/proc/net/tcp").exists(), reason="nodes are Linux, this machine is not"
)


def probe(name: str, stdin: bytes = b"") -> list[dict[str, object]]:
    source = (PROBES / f"{name}.py").read_text()
    done = subprocess.run([sys.executable, "-IS", "-c", source], input=stdin, capture_output=True, check=True)
    found: list[dict[str, object]] = json.loads(done.stdout)
    return found


def test_sockets_shows_listeners_and_their_owner() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as tcp,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp,
    ):
        udp.bind(("0.0.0.0", 0))
        found = probe("sockets")
        for server, protocol in ((tcp, "tcp"), (udp, "udp")):
            address, port = server.getsockname()
            mine = [entry for entry in found if (entry["protocol"], entry["port"]) == (protocol, port)]
            assert [entry["address"] for entry in mine] == [address]
            assert "python" in str(mine[0]["owner"])


def test_sockets_reads_ipv6_and_mapped_addresses() -> None:
    if not Path("/proc/net/tcp6").exists():
        pytest.skip("this machine has no IPv6")
    with socket.socket(socket.AF_INET6) as six, socket.socket(socket.AF_INET6) as mapped:
        six.bind(("::", 0))
        six.listen()
        mapped.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        mapped.bind(("::ffff:127.0.0.1", 0))
        mapped.listen()
        addresses = {entry["port"]: entry["address"] for entry in probe("sockets")}
        assert addresses[six.getsockname()[1]] == "::"
        assert addresses[mapped.getsockname()[1]] == "127.0.0.1"


def test_reach_tries_no_transfer_by_a_way_that_is_silent() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        host, port = silent.getsockname()
        way = {"means": "plain", "protocol": "tcp", "host": host, "port": port}
        request = {"proxy": ["", 0], "seconds": 0.2, "requests": [{**way, "bytes": size} for size in (0, 8)]}
        # Nobody listens on the next port, where a transfer goes: one that is tried is refused.
        answers = probe("reach", json.dumps(request).encode())
    assert [answer["failure"] for answer in answers] == ["no answer", "no answer"]


def test_traces_finds_a_secret_in_processes_and_files(tmp_path: Path) -> None:
    secret = f"secret-{time.time_ns()}"
    request = {"secret": secret, "since": time.time() - 1, "roots": [str(tmp_path)]}
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "file").write_bytes(b"x" * ((1 << 20) - 3) + secret.encode())
    (tmp_path / "clean").write_text("nothing here")
    sleeper = [sys.executable, "-c", "input()"]
    with (
        subprocess.Popen(sleeper, stdin=subprocess.PIPE, env={"KEY": secret}) as by_environment,
        subprocess.Popen([*sleeper, secret], stdin=subprocess.PIPE) as by_argument,
    ):
        found = probe("traces", json.dumps(request).encode())
        by_environment.communicate(b"\n")
        by_argument.communicate(b"\n")
    assert set(map(str, found)) == {
        f"/proc/{by_environment.pid}/environ",
        f"/proc/{by_argument.pid}/cmdline",
        str(tmp_path / "deep" / "file"),
    }


def test_traces_leaves_out_files_that_did_not_change(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("secret-of-a-file")
    request = {"secret": "secret-of-a-file", "since": time.time() + 60, "roots": [str(tmp_path)]}
    assert probe("traces", json.dumps(request).encode()) == []
