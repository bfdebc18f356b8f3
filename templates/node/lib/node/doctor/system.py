"""Examine the container's limits: shared memory, disks, inotify watches, open files."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from node.doctor.finding import Finding, bad, note, ok

SHM = 1 << 30  # DataLoader workers pass tensors through /dev/shm; clouds often give 64 MB
WATCHES = 65536  # VS Code watches each folder of a workspace
INSTANCES = 128
OPEN_FILES = 4096
# Free bytes that a path needs: below the first number it gets a note, below the second it is bad.
ROOM = {
    "/": (2 << 30, 200 << 20),
    "/workspace": (2 << 30, 200 << 20),
    "/tmp": (100 << 20, 10 << 20),
    "/run": (4 << 20, 512 << 10),
    "/var/lib/tailscale": (4 << 20, 512 << 10),
    "/var/lib/tailbox": (4 << 20, 512 << 10),
}


class Disk(NamedTuple):
    """The file system of a path; `total` and `free` are bytes, `writable` counts for the path's user."""

    total: int
    free: int
    writable: bool


class System(NamedTuple):
    """The measurements; 0 means unknown."""

    shm: int
    disks: Mapping[str, Disk]
    watches: int
    instances: int
    open_files: int


def findings(system: System) -> Iterator[Finding]:
    """Yield the findings about the container."""
    yield shm(system.shm)
    for path, disk in system.disks.items():
        yield room(path, disk)
    yield inotify(system.watches, system.instances)
    yield open_files(system.open_files)


def shm(size: int) -> Finding:
    what = f"/dev/shm has {amount(size)}"
    if size >= SHM:
        return ok("shm", what)
    remedy = "Raise the cloud's shm size (Docker: --shm-size=2g), or use DataLoader(num_workers=0)."
    return note("shm", what, remedy)


def room(path: str, disk: Disk) -> Finding:
    """Return whether a path can be written and has room."""
    little, too_little = ROOM.get(path, ROOM["/"])
    what = f"{path} has {amount(disk.free)} free of {amount(disk.total)}"
    if not disk.writable:
        return bad("disk", f"{path} cannot be written", "Mount it writable for its user (a tmpfs will do).")
    # A small file system that is mostly empty is small on purpose.
    if disk.free >= little or disk.free >= disk.total // 2:
        return ok("disk", what)
    level = bad if disk.free < too_little else note
    return level("disk", what, f"Remove files there (`du -xh {path} | sort -h | tail`), or enlarge it.")


def inotify(watches: int, instances: int) -> Finding:
    what = f"{watches} watches, {instances} instances"
    if watches >= WATCHES and instances >= INSTANCES:
        return ok("inotify", what)
    remedy = (
        "On the host: `sysctl fs.inotify.max_user_watches=524288 fs.inotify.max_user_instances=512`; "
        "otherwise exclude large folders in VS Code (files.watcherExclude)."
    )
    return note("inotify", what, remedy)


def open_files(limit: int) -> Finding:
    if limit >= OPEN_FILES:
        return ok("open files", f"up to {limit} for each process")
    remedy = "Start the container with `--ulimit nofile=65536`, or call `ulimit -n` in the session."
    return note("open files", f"only {limit} for each process", remedy)


def amount(size: int) -> str:
    """Return a number of bytes for people to read."""
    for unit, name in ((1 << 30, "GB"), (1 << 20, "MB")):
        if size >= unit:
            return f"{size / unit:.1f} {name}"
    return f"{size / 1024:.0f} kB"
