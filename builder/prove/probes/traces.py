"""Print, as a JSON list, every place in this container where a secret can be read.

Standard input, as JSON: `secret`, `since` (seconds of the epoch), `roots` (folders). Looked at are the
environment and arguments of other processes, and every file below the roots that changed since then: the
kernel sets a file's change time itself, and a file unchanged since the secret was made cannot hold it.
"""

import json
import os
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

# Kept by the kernel; name /dev/shm as a root of its own.
SKIPPED = {"/proc", "/sys", "/dev"}
CHUNK = 1 << 20


def holds(path: Path, secret: bytes) -> bool:
    """Return whether the file holds the secret, also across two chunks."""
    tail = b""
    try:
        with path.open("rb") as file:
            while chunk := file.read(CHUNK):
                if secret in tail + chunk:
                    return True
                tail = chunk[-len(secret) :]
    except OSError:
        return False  # the process or file is gone
    return False


def processes() -> Iterator[Path]:
    """Yield the environment and arguments of every process but this one."""
    for folder in Path("/proc").glob("[0-9]*"):
        if folder.name != str(os.getpid()):
            yield folder / "environ"
            yield folder / "cmdline"


def changed_files(root: str, since: float) -> Iterator[Path]:
    """Yield regular files below root that changed since this time, except on the kernel's file systems."""
    for folder, folders, names in os.walk(root):
        folders[:] = [name for name in folders if str(Path(folder, name)) not in SKIPPED]
        for path in (Path(folder, name) for name in names):
            try:
                status = path.lstat()
            except OSError:
                continue  # gone since
            if stat.S_ISREG(status.st_mode) and status.st_ctime >= since:
                yield path


def main() -> None:
    """Search every place."""
    request = json.load(sys.stdin)
    files = (path for root in request["roots"] for path in changed_files(root, request["since"]))
    secret = request["secret"].encode()
    print(json.dumps([str(path) for path in [*processes(), *files] if holds(path, secret)]))


main()
