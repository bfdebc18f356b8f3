"""List what peers can reach in the node now, as far as the tailnet's policy lets them, and who started it."""

import contextlib
import os
import pwd
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from node import files
from node.contract.ssh_backend import SshBackend
from node.s6 import Service

# tailscaled brings a peer to 127.0.0.1: a socket for all IPv4 addresses gets it, one for ::1 does not. The
# addresses as the kernel prints them; `::` takes IPv4 too, unless its program asked for IPv6 alone.
REACHED = {"0100007F", "00000000", "0" * 32, "0000000000000000FFFF00000100007F"}
TABLES = (("tcp", "0A"), ("tcp6", "0A"), ("udp", "07"), ("udp6", "07"))
TAILSCALE_SSH_PORT = 22
UNREACHED = {("udp", "tailscaled"), ("tcp", "gateway")}


class Listener(NamedTuple):
    """A port that peers can reach. `service` is the node's; without one a person started `program`."""

    protocol: str
    port: int
    service: str
    program: str = ""
    user: str = ""
    pid: int = 0

    @property
    def starter(self) -> str:
        return "node" if self.service else "person" if self.pid else "unknown"

    def __str__(self) -> str:
        what = self.service or (f"{self.user}'s {self.program}, pid {self.pid}" if self.pid else "process")
        return f"{self.protocol} {self.port}, {self.starter}: {what}"


def listeners(services: Sequence[Service], ssh: SshBackend, proc: str = "/proc") -> list[Listener]:
    """Return what peers reach.

    Not among it: WireGuard's own socket, which answers WireGuard alone, and the gateway, which takes IPv6.
    """
    running = {service.pid: service.name for service in services if service.pid}
    held = holders(proc, running)
    found = {
        describe(protocol, port, held.get(inode, 0), running, proc)
        for protocol, port, inode in open_ports(proc)
    }
    if ssh.tailscale and "tailscaled" in running.values():
        found.add(Listener("tcp", TAILSCALE_SSH_PORT, "Tailscale SSH"))
    return sorted(each for each in found if (each.protocol, each.service) not in UNREACHED)


def open_ports(proc: str) -> Iterator[tuple[str, int, str]]:
    """Yield protocol, port and inode of each socket that waits where peers reach it."""
    for table, waiting in TABLES:
        for line in files.read_or(f"{proc}/net/{table}").splitlines()[1:]:
            fields = line.split()
            address, _, port = fields[1].partition(":")
            if fields[3] == waiting and address in REACHED:
                yield table[:3], int(port, 16), fields[9]


def holders(proc: str, running: Mapping[int, str]) -> dict[str, int]:
    """Return a process that holds each socket, by inode, a service's before others."""
    pids = [int(name) for name in os.listdir(proc) if name.isdigit()]
    found: dict[str, int] = {}
    for pid in sorted(pids, key=lambda pid: (pid not in running, pid)):
        with (
            contextlib.suppress(OSError),
            acting_as_owner(f"{proc}/{pid}"),
        ):  # it has ended, or nobody may look
            for descriptor in os.listdir(f"{proc}/{pid}/fd"):
                with contextlib.suppress(OSError):
                    target = os.readlink(f"{proc}/{pid}/fd/{descriptor}")
                    if socket := re.fullmatch(r"socket:\[(\d+)\]", target):
                        found.setdefault(socket[1], pid)
    return found


@contextlib.contextmanager
def acting_as_owner(process: str) -> Iterator[None]:
    """Look with the rights of the process's owner: a container's root lacks CAP_SYS_PTRACE."""
    owner, me = os.stat(process), (os.geteuid(), os.getegid())
    try:
        if me[0] == 0 != owner.st_uid:
            os.setegid(owner.st_gid)
            os.seteuid(owner.st_uid)
        yield
    finally:
        os.seteuid(me[0])
        os.setegid(me[1])


def describe(protocol: str, port: int, pid: int, running: Mapping[int, str], proc: str) -> Listener:
    """Return the listener of a process; only the main process of a service is the node's.

    What a session or a kernel starts is below sshd or Jupyter, and a person's.
    """
    if pid in running:
        return Listener(protocol, port, running[pid])
    try:
        user = os.stat(f"{proc}/{pid}").st_uid
        return Listener(protocol, port, "", files.read(f"{proc}/{pid}/comm"), account(user), pid)
    except OSError:
        return Listener(protocol, port, "")


def account(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
