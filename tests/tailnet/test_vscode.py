"""VS Code's own wire protocol against a real VS Code server in a node, through each SSH back end."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import paramiko
import pytest

from builder.build import contexts as build_sources
from builder.core import paths
from builder.engine.client import Engine
from builder.facts.load import load_facts
from builder.prove import Backend, MemberSources, ProofPlan
from builder.prove.checks.session import HOSTILE
from builder.prove.clients import ssh
from builder.prove.subject import Subject
from builder.prove.tailnet.control_plane import Kind
from builder.prove.tailnet.node import NodeSpec
from builder.prove.tailnet.tailnet import Tailnet
from tests.kit import vscode_server
from tests.kit.vscode_server import Connection

_AT = "/opt/vscode-server"
_SECONDS = 180.0
# What the extension sends to `ssh -T HOST bash`: start a server that outlives the connection, or find the one
# that runs; tell where it listens; keep stdin open.
_SCRIPT = r"""
echo "$ID: running"
mkdir -p ~/.vscode-server; umask 077; log=~/.vscode-server/$SERVER.log; file=~/.vscode-server/$SERVER.token
if ! [ -e "$log" ]; then
    printf %s "$TOKEN" >"$file"
    setsid "$AT/node" "$AT/out/server-main.js" --start-server --host=127.0.0.1 --port=0 \
        --connection-token-file "$file" --server-data-dir ~/.vscode-server --telemetry-level off \
        --enable-remote-auto-shutdown --accept-server-license-terms >"$log" 2>&1 </dev/null &
    echo $! >~/.vscode-server/$SERVER.pid
fi
until port=$(sed -n 's/.*host agent listening on \([0-9]*\).*/\1/p' "$log") && [ -n "$port" ]; do
    kill -0 "$(cat ~/.vscode-server/$SERVER.pid)" || { cat "$log"; break; }
    sleep 0.1
done
printf '%s: start\nlisteningOn==%s==\nplatform==linux==\n%s: end\n' "$ID" "$port" "$ID"
read -r word
[ "$word" != stop ] || kill "$(cat ~/.vscode-server/$SERVER.pid)"
"""


@pytest.fixture(scope="module")
def vscode_lab(
    engine: Engine, sources: MemberSources, tailnet: Tailnet, image: str, plan: ProofPlan
) -> Iterator[Subject]:
    """A node with the open VS Code server beside its own files."""
    versions = load_facts(paths.data("images")).versions
    uv = build_sources.gather(versions, engine).uv
    server: Path = vscode_server.build(sources, uv, engine.environ)
    node = tailnet.boot(
        NodeSpec(image, environment=HOSTILE, options={"volumes": {str(server): {"bind": _AT, "mode": "ro"}}})
    )
    with Subject(tailnet, node, plan) as lab:
        yield lab
    node.member.remove()


@pytest.mark.parametrize("user", ["root", "dev"])
@pytest.mark.parametrize("backend", Backend)
def test_the_whole_way_to_an_answer_of_the_server(vscode_lab: Subject, backend: Backend, user: str) -> None:
    server = Server()
    with ssh.login(vscode_lab, backend, user) as transport, _script(transport, server) as (shell, port):
        commit = Connection(_forwarded(transport, port)).version()
        assert len(commit) == 40
        assert Connection(_forwarded(transport, port)).manage("a wrong token", commit)["type"] == "error"
        connection = Connection(_forwarded(transport, port))
        assert connection.manage(server.token, commit)["type"] == "ok"
        _sees_the_environment(connection)
        shell.sendall(b"stop\n")


@pytest.mark.parametrize("backend", Backend)
def test_it_goes_on_after_tailscaled_was_killed(vscode_lab: Subject, backend: Backend) -> None:
    server, node, control = Server(), vscode_lab.node, vscode_lab.tailnet.control
    with ssh.login(vscode_lab, backend, "dev") as transport, _script(transport, server) as (_, port):
        commit = Connection(_forwarded(transport, port)).version()
        lost = Connection(_forwarded(transport, port))
        assert lost.manage(server.token, commit)["type"] == "ok"
        _sees_the_environment(lost)
        seen = control.now()
        node.member.output(["s6-svc", "-wR", "-T", "60000", "-k", "/run/tailbox/services/tailscaled"])
        control.wait(node.hostname, Kind.ONLINE, deadline=_SECONDS, after=seen)
    assert vscode_lab.tailnet.settle(node) is None
    with ssh.login(vscode_lab, backend, "dev") as transport, _script(transport, server) as (shell, again):
        assert again == port, "another server runs: what was open is lost"
        connection = Connection(_forwarded(transport, port), before=lost)
        assert connection.manage(server.token, commit)["type"] == "ok"
        _sees_the_environment(connection)
        shell.sendall(b"stop\n")


@dataclass(frozen=True)
class Server:
    """A server as the extension knows it: a name, and the token that it was started with."""

    name: str = field(default_factory=lambda: secrets.token_hex(6))
    token: str = field(default_factory=lambda: secrets.token_hex(16))


@contextmanager
def _script(transport: paramiko.Transport, server: Server) -> Iterator[tuple[paramiko.Channel, int]]:
    """The script's session, which waits for a line, and the port where the server listens."""
    mark = secrets.token_hex(6)
    with transport.open_session(timeout=_SECONDS) as shell:
        shell.settimeout(_SECONDS)
        shell.set_combine_stderr(True)
        shell.exec_command("bash")
        told = f"ID={mark} TOKEN={server.token} SERVER={server.name} AT={_AT}\n"
        shell.sendall(f"{told}{_SCRIPT}".encode())
        yield shell, _listening(shell, mark)


def _sees_the_environment(connection: Connection) -> None:
    succeeded, environment = connection.call("remoteterminal", "$getEnvironment", [])
    assert succeeded, environment
    assert {name: environment.get(name) for name in HOSTILE} == HOSTILE
    assert environment["PATH"].startswith("/opt/venv/bin:")


def _listening(shell: paramiko.Channel, mark: str) -> int:
    said = ""
    while f"{mark}: end" not in said:
        more = shell.recv(65536)
        assert more, said
        said += more.decode()
    block = said.partition(f"{mark}: start\n")[2].splitlines()
    answers = dict(line.removesuffix("==").split("==", 1) for line in block if line.endswith("=="))
    assert answers["listeningOn"], said
    return int(answers["listeningOn"])


def _forwarded(transport: paramiko.Transport, port: int) -> paramiko.Channel:
    channel = transport.open_channel("direct-tcpip", ("127.0.0.1", port), ("127.0.0.1", 0), timeout=_SECONDS)
    channel.settimeout(_SECONDS)
    return channel
