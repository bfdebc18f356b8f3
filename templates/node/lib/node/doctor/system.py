"""The doctor for what the container gives: shared memory, disks, watches, open files."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from node.doctor.finding import Finding, bad, note, ok

SHM = 1 << 30  # DataLoader workers hand tensors over in /dev/shm; clouds give 64 MB
WATCHES = 65536  # VS Code watches each folder of a workspace
INSTANCES = 128
OPEN_FILES = 4096
# A path that must have room: note below the first, bad below the second number of bytes.
ROOM = {
    "/": (2 << 30, 200 << 20),
    "/workspace": (2 << 30, 200 << 20),
    "/tmp": (100 << 20, 10 << 20),
    "/run": (4 << 20, 512 << 10),
    "/var/lib/tailscale": (4 << 20, 512 << 10),
    "/var/lib/tailbox": (4 << 20, 512 << 10),
}


class Disk(NamedTuple):
    """A path's file system. `total` and `free` in bytes; `writable` for the user of sessions or services."""

    total: int
    free: int
    writable: bool


class System(NamedTuple):
    """What was found; 0 means unknown."""

    shm: int
    disks: Mapping[str, Disk]
    watches: int
    instances: int
    open_files: int


def findings(system: System) -> Iterator[Finding]:
    """Everything about the container."""
    yield shm(system.shm)
    for path, disk in system.disks.items():
        yield room(path, disk)
    yield inotify(system.watches, system.instances)
    yield open_files(system.open_files)


def shm(size: int) -> Finding:
    what = f"/dev/shm has {amount(size)}"
    if size >= SHM:
        return ok("shm", what)
    remedy = "Set the cloud's shm size (Docker: --shm-size=2g), or use DataLoader(num_workers=0)."
    return note("shm", what, remedy)


def room(path: str, disk: Disk) -> Finding:
    """Whether a path can be written and has room."""
    few, none = ROOM.get(path, ROOM["/"])
    what = f"{path} has {amount(disk.free)} free of {amount(disk.total)}"
    if not disk.writable:
        return bad("disk", f"{path} cannot be written", "Mount it writable for its user (a tmpfs will do).")
    # A small file system that is nearly empty is no concern: it was made small.
    if disk.free < none and disk.free < disk.total // 2:
        return bad("disk", what, f"Remove files there (`du -xh {path} | sort -h | tail`), or enlarge it.")
    if disk.free < few and disk.free < disk.total // 2:
        return note("disk", what, f"Remove files there (`du -xh {path} | sort -h | tail`), or enlarge it.")
    return ok("disk", what)


def inotify(watches: int, instances: int) -> Finding:
    what = f"{watches} watches, {instances} instances"
    if watches >= WATCHES and instances >= INSTANCES:
        return ok("inotify", what)
    remedy = (
        "On the host: `sysctl fs.inotify.max_user_watches=524288 fs.inotify.max_user_instances=512`; "
        "else exclude big folders in VS Code (files.watcherExclude)."
    )
    return note("inotify", what, remedy)


def open_files(limit: int) -> Finding:
    if limit >= OPEN_FILES:
        return ok("open files", f"up to {limit} for each process")
    remedy = "Start the container with `--ulimit nofile=65536`, or call `ulimit -n` in the session."
    return note("open files", f"only {limit} for each process", remedy)


def amount(size: int) -> str:
    """Bytes for people."""
    for unit, name in ((1 << 30, "GB"), (1 << 20, "MB")):
        if size >= unit:
            return f"{size / unit:.1f} {name}"
    return f"{size / 1024:.0f} kB"
