"""The machine code that was promised is in the framework's own library: read from its fat binaries."""

import json
import mmap
import struct
import sys
import sysconfig
from pathlib import Path

expected = json.loads(sys.argv[1])
MAGIC = struct.pack("<I", 0xBA55ED50)
MACHINE_CODE = 2


def archs(path: Path) -> set[int]:
    """Compute capabilities of the machine code in a file."""
    found = set()
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        start = data.find(MAGIC)
        while start >= 0:
            _, header, size = struct.unpack_from("<HHQ", data, start + 4)
            at, end = start + header, min(start + header + size, len(data))
            while at + 32 <= end:
                kind, _, header, payload = struct.unpack_from("<HHIQ", data, at)
                if header < 32:
                    break
                if kind == MACHINE_CODE:
                    found.add(struct.unpack_from("<I", data, at + 28)[0])
                at += header + payload
            start = data.find(MAGIC, start + 16)
    return found


site = Path(sysconfig.get_path("purelib"))
libraries = sorted(site.glob(expected["code"]))
if not libraries:
    sys.exit(f"no library {expected['code']} in {site}")
held = set().union(*map(archs, libraries))
lost = [arch for arch in expected["archs"] if int(arch.removeprefix("sm_")) not in held]
if lost:
    sys.exit(f"machine code for {', '.join(lost)} was promised, {libraries[0].name} holds {sorted(held)}")
print(f"{libraries[0].name} holds machine code for {' '.join(f'sm_{arch}' for arch in sorted(held))}")
