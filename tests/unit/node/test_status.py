"""nodectl: its output about a node, as text and as JSON."""

import json
from pathlib import Path

import pytest
from node import files
from node.contract import settings
from node.contract.settings import Settings
from node.contract.ssh_backend import SshBackend
from node.nodectl import main as nodectl
from node.nodectl import show, status, url
from node.nodectl.reachable import Listener
from node.nodectl.status import Status
from node.paths import Paths
from node.problems import Problem
from node.s6 import Service
from node.tailnet.localapi import Tailnet

RUNNING = Tailnet("Running", "box.tailbox.test", ("100.64.0.1",), "fra")
UP = Service("sshd", True, True, 12)
SETTINGS = Settings("box", "", [], SshBackend("both"), True, 8888, "")


@pytest.mark.parametrize(
    ("services", "tailnet", "missing"),
    [
        ((UP,), RUNNING, []),
        ((UP, Service("jupyter", True, False, 13)), RUNNING, ["service jupyter: not ready yet"]),
        ((Service("sshd", False, False, 0),), RUNNING, ["service sshd: down"]),
        ((UP,), Tailnet("NeedsLogin"), ["tailnet: NeedsLogin"]),
        ((UP,), Tailnet("Running", "box", ()), ["tailnet: Running"]),
        ((UP,), RUNNING._replace(relay=""), ["tailnet: Running, no relay yet"]),
        ((), Tailnet("down"), ["services: the node has not booted", "tailnet: down"]),
    ],
)
def test_ready_means_every_service_and_the_tailnet(
    services: tuple[Service, ...], tailnet: Tailnet, missing: list[str]
) -> None:
    current = Status(services, tailnet, (), {})
    assert current.missing == missing
    assert current.ready == (not missing)


def test_status_for_programs() -> None:
    current = Status((UP,), RUNNING, (Problem("w", "r"),), {"sshd": 80})
    listener = Listener("tcp", 7860, "", "python", "dev", 99)
    assert show.as_dict(current, "both", [listener]) == {
        "ready": True,
        "services": {"sshd": {"up": True, "ready": True, "pid": 12}},
        "tailnet": {"state": "Running", "name": "box.tailbox.test", "ips": ["100.64.0.1"]},
        "ssh": "both",
        "reachable": [{**listener._asdict(), "starter": "person"}],
        "problems": [{"what": "w", "remedy": "r"}],
        "boot": {"sshd": 80},
    }


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    """A node that has booted, with Jupyter's token and sshd's host key."""
    paths = Paths(run=str(tmp_path), state_disk=str(tmp_path), tailscale_run=str(tmp_path))
    files.mkdir(paths.state)
    settings.store(SETTINGS, paths)
    files.write(paths.token, "a/b+c")
    files.write(
        paths.host_key, "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBhvcHMgYW5kIGRldnMgc2hhcmUgdGhpcyBrZXkh x"
    )
    return paths


def test_addresses_are_ready_to_paste(paths: Paths) -> None:
    addresses = url.addresses(SETTINGS, "box.tailbox.test", paths)
    assert addresses.ssh == ("ssh root@box.tailbox.test", "ssh -p 2222 dev@box.tailbox.test")
    assert addresses.jupyter == "http://box.tailbox.test:8888/lab?token=a%2Fb%2Bc"
    assert addresses.host_key.startswith("SHA256:")
    assert len(addresses.host_key) == 50


def test_addresses_follow_the_back_end(paths: Paths) -> None:
    addresses = url.addresses(SETTINGS._replace(ssh=SshBackend("sshd"), jupyter=False), "box", paths)
    assert addresses.ssh == ("ssh -p 2222 dev@box",)
    assert addresses.jupyter == ""
    assert url.addresses(SETTINGS._replace(ssh=SshBackend("off")), "box", paths).ssh == ()


def test_commands_before_the_boot(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    paths = Paths(run=str(tmp_path / "none"), tailscale_run=str(tmp_path))
    assert nodectl.main(["ready"], paths) == 1
    assert "has not booted" in capsys.readouterr().out
    assert nodectl.main(["status", "--json"], paths) == 0
    assert json.loads(capsys.readouterr().out)["ready"] is False
    assert nodectl.main(["url", "--json"], paths) == 1
    assert json.loads(capsys.readouterr().out) == {"ssh": [], "jupyter": "", "host_key": ""}


def test_help_has_examples(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (["--help"], ["ready", "--help"]):
        with pytest.raises(SystemExit, match="0"):
            nodectl.main(arguments)
        assert "nodectl ready --timeout 60" in capsys.readouterr().out


def test_process_start_counts_from_the_last_parenthesis() -> None:
    own = Path("/proc/self/stat").read_text()
    forged = own.replace("(", "(a ) b (", 1)
    assert status.process_start(forged) == pytest.approx(status.process_start(own), abs=0.5)


def test_a_service_that_keeps_dying_is_a_problem_with_a_way_out() -> None:
    problem = status.keeps_ending("sshd")
    assert "sshd keeps ending" in problem.what
    assert "`nodectl logs sshd`" in problem.remedy
    assert "`nodectl restart sshd`" in problem.remedy
