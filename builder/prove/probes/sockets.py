"""Print every socket of this network namespace that waits for somebody, and whose it is, as JSON."""

import ipaddress
import json
import re
from pathlib import Path

# (table of the kernel, protocol, the state in which a socket waits for anybody)
TABLES = (("tcp", "tcp", "0A"), ("tcp6", "tcp", "0A"), ("udp", "udp", "07"), ("udp6", "udp", "07"))


def address(text: str) -> str:
    """The kernel prints addresses as 32-bit words in the machine's own byte order."""
    words = [bytes.fromhex(text[i : i + 8])[::-1] for i in range(0, len(text), 8)]
    found = ipaddress.ip_address(b"".join(words))
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return str(mapped or found)


def owners() -> dict[str, str]:
    """Inode of each socket -> command line of a process that holds it."""
    found = {}
    for link in Path("/proc").glob("[0-9]*/fd/*"):
        try:
            inode = re.fullmatch(r"socket:\[(\d+)\]", str(link.readlink()))
            if inode:
                arguments = link.parents[1].joinpath("cmdline").read_bytes()
                found[inode[1]] = arguments.replace(b"\0", b" ").decode(errors="replace").strip()
        except OSError:
            continue  # the process has ended since
    return found


def sockets() -> list[dict[str, object]]:
    """What waits, where, and whose it is."""
    holder, found = owners(), []
    for table, protocol, waiting in TABLES:
        for line in Path("/proc/net", table).read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == waiting:
                host, port = fields[1].split(":")
                entry = {"protocol": protocol, "address": address(host), "port": int(port, 16)}
                found.append({**entry, "owner": holder.get(fields[9], "")})
    return found


print(json.dumps(sockets()))
