"""What peers can reach, from the kernel's tables, and who started it."""

import os
import pwd
from pathlib import Path

import pytest
from node.contract.ssh_backend import SshBackend
from node.nodectl import reachable
from node.nodectl.reachable import Listener
from node.s6 import Service

ME = pwd.getpwuid(os.geteuid()).pw_name
SSHD, TAILSCALED = Service("sshd", True, True, 12), Service("tailscaled", True, True, 10)
GATEWAY = Service("gateway", True, True, 14)
HEAD = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
OFF = SshBackend("off")


class Proc:
    """A proc file system with sockets and the processes that hold them."""

    def __init__(self, root: Path) -> None:
        self.root = root
        (root / "net").mkdir(parents=True)
        for table in ("tcp", "udp"):
            (root / "net" / table).write_text(HEAD)
        self.inodes = 100

    def socket(self, table: str, address: str, port: int, *pids: int, state: str = "") -> None:
        self.inodes += 1
        state = state or ("0A" if table.startswith("tcp") else "07")
        file = self.root / "net" / table
        line = f"   0: {address}:{port:04X} 00000000:0000 {state} 0:0 00:0 00000000 0 0 {self.inodes} 1\n"
        file.write_text((file.read_text() if file.exists() else HEAD) + line)
        for pid in pids:
            (self.root / str(pid) / "fd").mkdir(parents=True, exist_ok=True)
            (self.root / str(pid) / "fd" / str(self.inodes)).symlink_to(f"socket:[{self.inodes}]")
            (self.root / str(pid) / "comm").write_text(f"python{pid}\n")

    def listeners(self, *services: Service, ssh: SshBackend = OFF) -> list[Listener]:
        return reachable.listeners(services, ssh, str(self.root))


@pytest.fixture
def proc(tmp_path: Path) -> Proc:
    return Proc(tmp_path / "proc")


def test_a_service_is_the_nodes_and_the_rest_a_persons(proc: Proc) -> None:
    proc.socket("tcp", "0100007F", 2222, 11, 12)
    proc.socket("tcp", "0100007F", 7860, 99)
    proc.socket("udp", "00000000", 9000, 99)
    assert proc.listeners(SSHD) == [
        Listener("tcp", 2222, "sshd"),
        Listener("tcp", 7860, "", "python99", ME, 99),
        Listener("udp", 9000, "", "python99", ME, 99),
    ]
    assert list(map(str, proc.listeners(SSHD))) == [
        "tcp 2222, node: sshd",
        f"tcp 7860, person: {ME}'s python99, pid 99",
        f"udp 9000, person: {ME}'s python99, pid 99",
    ]


@pytest.mark.parametrize(
    ("table", "address", "reached"),
    [
        ("tcp", "0100007F", True),
        ("tcp", "00000000", True),
        ("tcp6", "0" * 32, True),
        ("tcp6", "0000000000000000FFFF00000100007F", True),
        ("udp6", "0" * 32, True),
        ("tcp", "0200007F", False),
        ("tcp", "0B00007F", False),
        ("tcp6", "00000000000000000000000001000000", False),
    ],
)
def test_tailscaled_brings_peers_to_one_address(proc: Proc, table: str, address: str, reached: bool) -> None:
    proc.socket(table, address, 8000, 99)
    assert [each.port for each in proc.listeners()] == [8000] * reached


def test_a_connected_socket_waits_for_nobody_else(proc: Proc) -> None:
    proc.socket("tcp", "0100007F", 8000, 99, state="01")
    proc.socket("udp", "0100007F", 8001, 99, state="01")
    assert proc.listeners() == []


def test_tailscale_ssh_is_listed_while_tailscaled_runs(proc: Proc) -> None:
    expected = [Listener("tcp", 22, "Tailscale SSH")]
    assert proc.listeners(TAILSCALED, ssh=SshBackend("both")) == expected
    assert proc.listeners(TAILSCALED, ssh=SshBackend("sshd")) == []
    assert proc.listeners(TAILSCALED._replace(pid=0), ssh=SshBackend("both")) == []


def test_wireguard_and_the_gateway_are_not_for_peers(proc: Proc) -> None:
    proc.socket("udp", "00000000", 41641, 10)
    proc.socket("tcp6", "0" * 32, 8080, 14)
    assert proc.listeners(TAILSCALED, GATEWAY) == []


def test_a_process_that_cannot_be_seen_is_unknown(proc: Proc) -> None:
    proc.socket("tcp", "0100007F", 8000)
    (listener,) = proc.listeners()
    assert str(listener) == "tcp 8000, unknown: process"
