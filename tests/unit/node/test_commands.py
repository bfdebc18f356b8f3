"""nodectl's commands: the sessions' environment, the proxy, the log, a restart, and what counts as broken."""

import json
import subprocess
from pathlib import Path

import pytest
from node.boot import environ
from node.nodectl import commands
from node.nodectl import main as nodectl
from node.nodectl.status import Status
from node.paths import Paths
from node.s6 import Service
from node.tailnet.localapi import Tailnet

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    """A node's directories, all empty."""
    return Paths(run=str(tmp_path), tailscale_run=str(tmp_path))


def test_env_prints_the_environment_of_sessions(
    paths: Paths, hostile: dict[str, str], capsys: Capture
) -> None:
    entries = {n.encode(): v.encode() for n, v in hostile.items()}
    Path(paths.environ).write_bytes(environ.nul_separated(entries))
    assert nodectl.main(["env", "--json"], paths) == 0
    assert json.loads(capsys.readouterr().out) == hostile
    assert nodectl.main(["env"], paths) == 0
    quoted = capsys.readouterr().out
    script = "set -a\n" + quoted + "\nexec env -0"
    process = subprocess.run(
        ["sh", "-c", script], env={"PATH": "/bin:/usr/bin"}, capture_output=True, check=True
    )
    received = dict(entry.split("=", 1) for entry in process.stdout.decode().split("\0") if entry)
    assert {name: received.get(name) for name in hostile} == hostile
    assert nodectl.main(["env", "PROOF_NEWLINE"], paths) == 0
    assert capsys.readouterr().out == hostile["PROOF_NEWLINE"] + "\n"
    assert nodectl.main(["env", "ABSENT"], paths) == 1


def test_proxy_variables_survive_eval(capsys: Capture) -> None:
    assert nodectl.main(["proxy", "env"]) == 0
    script = capsys.readouterr().out + '\nprintf "%s|%s|%s" "$ALL_PROXY" "$http_proxy" "$no_proxy"'
    process = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True)
    socks, http, none = process.stdout.split("|")
    assert (socks, http) == ("socks5h://127.0.0.2:1055", "http://127.0.0.2:1055")
    assert {"localhost", "127.0.0.1", "::1", "169.254.169.254"} <= set(none.split(","))
    assert nodectl.main(["proxy", "env", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == commands.proxy_variables()


def test_proxychains_uses_the_proxy_except_for_loopback(capsys: Capture) -> None:
    assert nodectl.main(["proxy", "chains"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[lines.index("[ProxyList]") + 1 :] == ["socks5 127.0.0.2 1055"]
    assert "localnet 127.0.0.0/255.0.0.0" in lines


def test_logs_of_all_services_are_in_order(paths: Paths, capsys: Capture) -> None:
    for name, lines in {"sshd": ["1 sshd: a", "3 sshd: c"], "join": ["2 join: b"]}.items():
        folder = Path(paths.log, name)
        folder.mkdir(parents=True)
        (folder / "current").write_text("".join(f"{line}\n" for line in lines))
    Path(paths.log, "sshd", "@400000").write_text("0 sshd: old\n")
    assert nodectl.main(["logs"], paths) == 0
    assert capsys.readouterr().out.splitlines() == ["0 sshd: old", "1 sshd: a", "2 join: b", "3 sshd: c"]
    assert nodectl.main(["logs", "sshd", "-n", "1", "--json"], paths) == 0
    assert json.loads(capsys.readouterr().out) == ["3 sshd: c"]
    assert nodectl.main(["logs", "nginx"], paths) == 2
    assert "join, sshd" in capsys.readouterr().err


def test_restart_refuses_an_unknown_service(paths: Paths, capsys: Capture) -> None:
    Path(paths.services, "sshd").mkdir(parents=True)
    assert nodectl.main(["restart", "ssh"], paths) == 2
    assert "this node runs sshd" in capsys.readouterr().err


UP = Service("sshd", True, True, 7)
RUNNING = Tailnet("Running", "box", ("100.64.0.1",))


@pytest.mark.parametrize(
    ("current", "broken"),
    [
        (Status((UP,), RUNNING, (), {}), []),
        (Status((UP,), Tailnet("NeedsLogin"), (), {}), []),
        (Status((Service("sshd", False, False, 0),), RUNNING, (), {}), []),
        (Status((UP,), Tailnet("down"), (), {}), ["tailscaled: does not answer"]),
        (Status((UP,), RUNNING, (), {}, ("sshd",)), ["service sshd: keeps ending"]),
        (Status((), Tailnet("down"), (), {}), ["services: the node has not booted"]),
    ],
)
def test_a_node_that_comes_back_by_itself_is_healthy(current: Status, broken: list[str]) -> None:
    assert current.broken == broken
