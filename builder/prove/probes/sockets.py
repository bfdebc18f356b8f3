"""Print, as JSON, every socket of this network namespace that waits for peers, and its owner."""

import ipaddress
import json
import re
from pathlib import Path

# (table of the kernel, protocol, the state in which a socket waits for anybody)
TABLES = (("tcp", "tcp", "0A"), ("tcp6", "tcp", "0A"), ("udp", "udp", "07"), ("udp6", "udp", "07"))


def address(text: str) -> str:
    """Read an address that the kernel prints as 32-bit words in the machine's byte order."""
    words = [bytes.fromhex(text[i : i + 8])[::-1] for i in range(0, len(text), 8)]
    ip = ipaddress.ip_address(b"".join(words))
    mapped = ip.ipv4_mapped if isinstance(ip, ipaddress.IPv6Address) else None
    return str(mapped or ip)


def owners() -> dict[str, str]:
    """Return the command line of a process that holds each socket, by inode."""
    by_inode = {}
    for link in Path("/proc").glob("[0-9]*/fd/*"):
        try:
            inode = re.fullmatch(r"socket:\[(\d+)\]", str(link.readlink()))
            if inode:
                arguments = link.parents[1].joinpath("cmdline").read_bytes()
                by_inode[inode[1]] = arguments.replace(b"\0", b" ").decode(errors="replace").strip()
        except OSError:
            continue  # the process has ended since
    return by_inode


def sockets() -> list[dict[str, object]]:
    """Return each waiting socket with its owner."""
    holder, waiting_sockets = owners(), []
    for table, protocol, waiting in TABLES:
        for line in Path("/proc/net", table).read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == waiting:
                host, port = fields[1].split(":")
                entry = {"protocol": protocol, "address": address(host), "port": int(port, 16)}
                waiting_sockets.append({**entry, "owner": holder.get(fields[9], "")})
    return waiting_sockets


print(json.dumps(sockets()))
