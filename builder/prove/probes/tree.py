"""Walk the files of this container and print as JSON what an image must not hold: `{"kind": ["path", ...]}`.

It leaves out what a node makes when it runs, and the kernel's file systems.
"""

import json
import os
import re
import stat
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

RUNTIME = {"/proc", "/sys", "/dev", "/run", "/tmp", "/var/lib/tailscale", "/var/lib/tailbox"}
# Debian's own, which people need; each is root's.
SETUID = {"chfn", "chsh", "gpasswd", "mount", "newgrp", "passwd", "su", "sudo", "umount", "ssh-keysign"}
SETGID = {"chage", "expiry", "unix_chkpwd", "ssh-agent", "mail-lock", "mail-touchlock", "mail-unlock"}
KEY_ROOTS = ("/etc/", "/root/", "/home/", "/workspace/", "/opt/tailbox/")
PRIVATE_KEY = re.compile(rb"-----BEGIN [A-Z ]*PRIVATE KEY-----")
CREDENTIALS = {".netrc", ".pypirc", ".git-credentials", "authorized_keys", "auth.conf", "machine-id"}
CACHES = re.compile(
    r"/var/lib/apt/lists/.*_Packages|/var/cache/apt/.*\.(deb|bin)|/\.cache/(uv|pip)/|/\.npm/_cacache/|/conda/pkgs/"
)
# One of each is enough: a second copy comes with a second CUDA.
CUDA = re.compile(r"lib(cudart|cublas|cublasLt|cudnn|cufft|curand|cusolver|cusparse|nccl|nvrtc)\.so\.(\d+)")


def files() -> Iterator[tuple[Path, os.stat_result]]:
    """Yield every file and folder of the image's file system."""
    for folder, folders, names in os.walk("/"):
        folders[:] = [name for name in folders if str(Path(folder, name)) not in RUNTIME]
        for path in (Path(folder, name) for name in (*folders, *names)):
            try:
                yield path, path.lstat()
            except OSError:
                continue  # gone since


def modes(name: str, mode: int, owner: int) -> Iterator[str]:
    """Yield what is wrong with the permissions of a file."""
    if mode & stat.S_IWOTH and not (stat.S_ISDIR(mode) and mode & stat.S_ISVTX):
        yield "writable by everybody"
    if mode & stat.S_ISUID and (name not in SETUID or owner != 0) and stat.S_ISREG(mode):
        yield "setuid"
    if mode & stat.S_ISGID and name not in SETGID and stat.S_ISREG(mode):
        yield "setgid"


def contents(path: Path, size: int) -> Iterator[str]:
    """Yield what is wrong with the presence of a file."""
    if path.name in CREDENTIALS and size:
        yield "machine id" if path.name == "machine-id" else "credentials"
    if str(path).startswith(KEY_ROOTS) and 0 < size < 1 << 16 and PRIVATE_KEY.search(path.read_bytes()):
        yield "private key"
    if CACHES.search(str(path)):
        yield "cache"


def passwords() -> list[str]:
    """Return the accounts that a password, or none at all, lets in."""
    fields = [line.split(":") for line in Path("/etc/shadow").read_text().splitlines()]
    return [name for name, secret, *_ in fields if secret[:1] not in ("*", "!")]


def main() -> None:
    """Print every kind of problem with its paths."""
    problems: dict[str, list[str]] = defaultdict(list)
    copies: dict[str, list[str]] = defaultdict(list)
    for path, status in files():
        if stat.S_ISLNK(status.st_mode):
            continue
        kinds = list(modes(path.name, status.st_mode, status.st_uid))
        if stat.S_ISREG(status.st_mode):
            kinds += contents(path, status.st_size)
            if library := CUDA.match(path.name):
                copies[library[1]].append(str(path))
        for kind in kinds:
            problems[kind].append(str(path))
    for paths in copies.values():
        problems["second copy of CUDA"] += paths[1:]
    problems["account without a locked password"] = passwords()
    print(json.dumps({kind: sorted(paths) for kind, paths in problems.items() if paths}))


main()
