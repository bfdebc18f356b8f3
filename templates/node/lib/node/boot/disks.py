"""Where the node keeps what outlives a restart, and whether people can write where they work."""

import os
import stat

from node import files
from node.paths import Paths
from node.problems import Problem

PROBE_BYTES = 1 << 16  # tailscaled's state and the host key need less


def keep_state(paths: Paths) -> list[Problem]:
    """Lead `kept` and `tailscale_kept` to their disks; where one cannot be written, /run stands in."""
    found = []
    lost = "this node's tailnet identity"
    for disk, link, mode, what in (
        (paths.state, paths.kept, 0o755, "sshd's host key and Jupyter's token"),
        (paths.tailscale_state, paths.tailscale_kept, 0o700, lost),
    ):
        try:
            files.mkdir(disk, mode)
            try_write(disk)
            os.symlink(disk, link)
        except OSError as error:
            files.mkdir(link, mode)
            found.append(volatile(disk, error.strerror or "error", what))
    return found


def volatile(disk: str, reason: str, what: str) -> Problem:
    return Problem(
        f"{disk} cannot be written ({reason}): {what} will not outlive this start.",
        f"Make room on {disk}, or mount it writable for the node's user.",
    )


def try_write(directory: str) -> None:
    """Errors: OSError where there is no room for the node's state."""
    path = f"{directory}/.{os.getpid()}.probe"
    try:
        with open(path, "wb") as file:
            file.write(b"\0" * PROBE_BYTES)
    finally:
        if os.path.lexists(path):
            os.unlink(path)


def keep_from_others(directory: str) -> list[Problem]:
    """Take the right to write in `directory` from group and others.

    sshd reads no authorized_keys below a directory that others may write (StrictModes); Kubernetes mounts an
    emptyDir with mode 0777.
    """
    mode = stat.S_IMODE(os.stat(directory).st_mode)
    if not mode & (stat.S_IWGRP | stat.S_IWOTH):
        return []
    try:
        os.chmod(directory, mode & ~(stat.S_IWGRP | stat.S_IWOTH))
    except PermissionError:
        what = f"{directory} has mode {mode:04o} and another owner: sshd accepts no key of SSH_PUBLIC_KEY."
        remedy = f"Mount {directory} with mode 0755, owned by the node's user; or use Tailscale SSH."
        return [Problem(what, remedy)]
    return []


def unwritable(directories: tuple[str, ...], dev: tuple[int, int]) -> list[Problem]:
    """The directories where dev, and so Jupyter and kernels, cannot write."""
    return [
        Problem(
            f"{directory} cannot be written by dev: files can be read there and not saved.",
            f"Mount it writable, or run `chown dev {directory}` as root.",
        )
        for directory in directories
        if os.path.isdir(directory) and not may_write(directory, dev)
    ]


def may_write(directory: str, account: tuple[int, int]) -> bool:
    """Whether (uid, gid) may make files in the directory; we need not be that user."""
    uid, gid = account
    if os.statvfs(directory).f_flag & os.ST_RDONLY:
        return False
    found = os.stat(directory)
    bit = stat.S_IWOTH
    if found.st_uid == uid:
        bit = stat.S_IWUSR
    elif found.st_gid == gid:
        bit = stat.S_IWGRP
    return uid == 0 or bool(found.st_mode & bit)
