"""VS Code's own wire protocol against a real VS Code server in a node, through each SSH back end."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path

import paramiko
import pytest

from builder import facts, paths
from builder import sources as build_sources
from builder.engine import Engine
from builder.prove import Backend, MemberSources, ProofPlan, ssh
from builder.prove.checks.session import HOSTILE
from builder.prove.lab import Lab
from builder.prove.node import NodeSpec
from builder.prove.tailnet import Tailnet
from tests.image import vscode_server
from tests.image.vscode_server import Connection

_AT = "/opt/vscode-server"
_SECONDS = 180.0
# What the extension sends to `ssh -T HOST bash`: start a server, tell where it listens, keep stdin open.
_SCRIPT = r"""
echo "$ID: running"
mkdir -p ~/.vscode-server; log=$(mktemp); umask 077; file=$(mktemp); printf %s "$TOKEN" >"$file"
"$AT/node" "$AT/out/server-main.js" --start-server --host=127.0.0.1 --port=0 --connection-token-file "$file" \
    --server-data-dir ~/.vscode-server --telemetry-level off --enable-remote-auto-shutdown \
    --accept-server-license-terms >"$log" 2>&1 &
until port=$(sed -n 's/.*host agent listening on \([0-9]*\).*/\1/p' "$log") && [ -n "$port" ]; do
    kill -0 $! || { cat "$log"; break; }
    sleep 0.1
done
printf '%s: start\nlisteningOn==%s==\nplatform==linux==\n%s: end\n' "$ID" "$port" "$ID"
read -r _
kill %1
"""


@pytest.fixture(scope="module")
def vscode_lab(
    engine: Engine, sources: MemberSources, tailnet: Tailnet, image: str, plan: ProofPlan
) -> Iterator[Lab]:
    """A node with the open VS Code server beside its own files."""
    versions = facts.load(paths.data("images")).versions
    uv = build_sources.gather(versions, engine).uv
    server: Path = vscode_server.build(sources, uv, engine.environ)
    node = tailnet.boot(
        NodeSpec(image, environment=HOSTILE, options={"volumes": {str(server): {"bind": _AT, "mode": "ro"}}})
    )
    with Lab(tailnet, node, plan) as lab:
        yield lab
    node.member.remove()


@pytest.mark.parametrize("user", ["root", "dev"])
@pytest.mark.parametrize("backend", Backend)
def test_the_whole_way_to_an_answer_of_the_server(vscode_lab: Lab, backend: Backend, user: str) -> None:
    mark, token = secrets.token_hex(6), secrets.token_hex(16)
    with ssh.login(vscode_lab, backend, user) as transport, transport.open_session(timeout=_SECONDS) as shell:
        shell.settimeout(_SECONDS)
        shell.set_combine_stderr(True)
        shell.exec_command("bash")
        shell.sendall(f"ID={mark} TOKEN={token} AT={_AT}\n{_SCRIPT}".encode())
        port = _listening(shell, mark)
        commit = Connection(_forwarded(transport, port)).version()
        assert len(commit) == 40
        assert _refusal(transport, port, "a wrong token", commit) == "error"
        connection = Connection(_forwarded(transport, port))
        assert connection.manage(token, commit)["type"] == "ok"
        succeeded, environment = connection.call("remoteterminal", "$getEnvironment", [])
        assert succeeded, environment
        assert {name: environment.get(name) for name in HOSTILE} == HOSTILE
        assert environment["PATH"].startswith("/opt/venv/bin:")
        shell.sendall(b"\n")


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


def _refusal(transport: paramiko.Transport, port: int, token: str, commit: str) -> str:
    return str(Connection(_forwarded(transport, port)).manage(token, commit)["type"])
