"""What is installed is what its RECORD says, after slimming too, and the byte code is used."""

import base64
import csv
import hashlib
import re
import sys
from pathlib import Path

# Gigabytes that no build changes: compared by size only.
UNTOUCHED = re.compile(r"nvidia/(?!nccl/)")


def lie(site: Path, path: str, wanted: str, size: str) -> str | None:
    """None, or in which way a line of RECORD is not so."""
    file = site / path
    if not file.is_file():
        return f"{path} is missing"
    found = file.stat().st_size
    if size and found != int(size):
        return f"{path} has {found} bytes, RECORD says {size}"
    if not wanted or UNTOUCHED.match(path):
        return None
    kind, _, digest = wanted.partition("=")
    hashed = hashlib.new(kind)  # Python 3.10 has no file_digest
    with file.open("rb") as content:
        while block := content.read(1 << 20):
            hashed.update(block)
    real = hashed.digest()
    same = base64.urlsafe_b64encode(real).rstrip(b"=").decode() == digest
    return None if same else f"{path} has another content than RECORD says"


sites = [Path(path) for path in sys.path if path.endswith("-packages")]
records = [record for site in sites for record in sorted(site.glob("*.dist-info/RECORD"))]
if not records:
    sys.exit(f"no installed wheel was found in {', '.join(map(str, sites))}")
lies, count = [], 0
for record in records:
    for path, wanted, size in csv.reader(record.open(newline="")):
        count += 1
        # What pip and uv make themselves is listed and may come and go.
        if not path.endswith(".pyc") and (found := lie(record.parents[1], path, wanted, size)):
            lies.append(found)
if lies:
    sys.exit(f"{len(lies)} files are not what RECORD says: " + "; ".join(lies[:5]))

compiled = [pyc for site in sites for pyc in site.glob("*/__pycache__/*.pyc")]
stale = [str(pyc) for pyc in compiled if pyc.read_bytes()[4] == 0]
if stale:
    sys.exit(f"{len(stale)} .pyc files go by time stamps, which a build rewrites: {stale[0]}")
print(f"{count} files of {len(records)} wheels are as listed, {len(compiled)} .pyc files go by hash")
