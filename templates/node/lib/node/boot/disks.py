"""Find disks for the state that outlives a restart, and check that people can write where they work."""

import os
import re
import stat

from node import files
from node.paths import Paths
from node.problems import Problem

PROBE_BYTES = 1 << 16  # tailscaled's state and the host key need less


def link_state(paths: Paths) -> list[Problem]:
    """Link the state directories to their disks; where one cannot be written, use a directory in /run."""
    problems = []
    for disk, link, mode, content in (
        (paths.state_disk, paths.state, 0o755, "sshd's host key and Jupyter's token"),
        (paths.tailscale_disk, paths.tailscale_state, 0o700, "this node's tailnet identity"),
    ):
        try:
            removed = files.claim(disk, mode)
            try_write(disk)
            os.symlink(disk, link)
            if removed:
                what = (
                    f"{disk} held what no node puts there, and it was removed: {', '.join(sorted(removed))}."
                )
                problems.append(Problem(what, "Find out who else writes on this volume."))
        except OSError as error:
            files.mkdir(link, mode)
            reason = error.strerror or "error"
            what = f"{disk} cannot be written ({reason}): {content} will not survive a restart."
            remedy = f"Make room on {disk}, or mount it writable for the node's user."
            problems.append(Problem(what, remedy))
    return problems


def devices_left(key: str, disk: str) -> list[Problem]:
    """Return a problem where each new container leaves a device in the tailnet: its identity is lost."""
    if not re.search(r"[?&]ephemeral=(false|0)\b", key) or os.path.ismount(disk):
        return []
    what = (
        f"the join key makes lasting devices, and {disk} is no volume: each new container leaves one behind."
    )
    return [Problem(what, f"Use an ephemeral key, or mount a volume on {disk}.")]


def try_write(directory: str) -> None:
    """Write a file as large as the node's state may get, and remove it. Errors: OSError."""
    path = f"{directory}/.{os.getpid()}.probe"
    try:
        with open(path, "wb") as file:
            file.write(b"\0" * PROBE_BYTES)
    finally:
        if os.path.lexists(path):
            os.unlink(path)


def close_to_others(directory: str) -> list[Problem]:
    """Remove the write permission of group and others from `directory`.

    sshd ignores an authorized_keys file below a directory that others may write (StrictModes), and Kubernetes
    mounts an emptyDir with mode 0777.
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
    """Return a problem for each directory where dev, and with it Jupyter and kernels, cannot write."""
    return [
        Problem(
            f"{directory} cannot be written by dev: files there can be read but not saved.",
            f"Mount it writable, or run `chown dev {directory}` as root.",
        )
        for directory in directories
        if os.path.isdir(directory) and not may_write(directory, dev)
    ]


def may_write(directory: str, account: tuple[int, int]) -> bool:
    """Return whether (uid, gid) may create files in the directory, judged by its mode and mount."""
    uid, gid = account
    if os.statvfs(directory).f_flag & os.ST_RDONLY:
        return False
    status = os.stat(directory)
    bit = stat.S_IWOTH
    if status.st_uid == uid:
        bit = stat.S_IWUSR
    elif status.st_gid == gid:
        bit = stat.S_IWGRP
    return uid == 0 or bool(status.st_mode & bit)
