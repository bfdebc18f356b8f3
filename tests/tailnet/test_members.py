"""Commands, pipes, gates and files of a member."""

from __future__ import annotations

import http.client
import threading

import pytest

from builder.prove.errors import DeadlineExceededError, TailnetError
from builder.prove.tailnet.port_forward import PortForward
from builder.prove.tailnet.tailnet import GREETING_PORT, Tailnet


def test_run_gives_code_and_both_streams(tailnet: Tailnet) -> None:
    done = tailnet.laptop.run(["sh", "-c", "cat; echo wrong >&2; exit 3"], stdin=b"\x00bytes\xff")
    assert (done.code, done.out, done.err) == (3, b"\x00bytes\xff", b"wrong\n")


def test_output_of_a_failing_command_is_an_error_with_its_words(tailnet: Tailnet) -> None:
    with pytest.raises(TailnetError, match=r"in laptop, `sh -c .*` ended with 3: because"):
        tailnet.laptop.output(["sh", "-c", "echo because >&2; exit 3"])


def test_a_command_that_does_not_end_is_named(tailnet: Tailnet) -> None:
    with pytest.raises(DeadlineExceededError, match="in laptop, `sleep 60` did not end within 1 s"):
        tailnet.laptop.run(["sleep", "60"], deadline=1)


def test_put_writes_a_private_file(tailnet: Tailnet) -> None:
    tailnet.laptop.put("/srv/deep/file", b"content")
    assert tailnet.laptop.output(["stat", "-c", "%a %U", "/srv/deep/file"]) == b"600 root\n"
    assert tailnet.laptop.output(["cat", "/srv/deep/file"]) == b"content"


def test_a_pipe_carries_bytes_both_ways(tailnet: Tailnet) -> None:
    with tailnet.laptop.pipe("server", GREETING_PORT) as pipe:
        pipe.socket.settimeout(10)
        pipe.socket.sendall(b"GET /greeting HTTP/1.0\r\n\r\n")
        answer = b"".join(iter(lambda: pipe.socket.recv(4096), b""))
    assert answer.endswith(tailnet.greeting.encode())


def test_a_pipe_to_a_closed_port_ends_and_says_why(tailnet: Tailnet) -> None:
    with tailnet.laptop.pipe("server", 9) as pipe:
        pipe.socket.settimeout(10)
        assert pipe.socket.recv(1) == b""
        assert "Connection refused" in pipe.relay.complaint()


def test_a_gate_serves_connections_side_by_side_and_closes(tailnet: Tailnet) -> None:
    answers: list[bytes] = []
    with PortForward(tailnet.laptop, "server", GREETING_PORT) as gate:
        threads = [threading.Thread(target=_get, args=(gate.address, answers)) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=20)
        address = gate.address
    assert answers == [tailnet.greeting.encode()] * 3
    with pytest.raises(OSError, match="refused"):
        http.client.HTTPConnection(*address, timeout=5).connect()


def _get(address: tuple[str, int], answers: list[bytes]) -> None:
    connection = http.client.HTTPConnection(*address, timeout=10)
    connection.request("GET", "/greeting")
    answers.append(connection.getresponse().read())
    connection.close()
