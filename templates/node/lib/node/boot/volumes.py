"""Bring back what an empty volume hides: dev's home, and what the image has in /workspace."""

import os

from node import files
from node.boot import disks
from node.paths import Paths
from node.problems import Problem

SKELETON = "/etc/skel"
OF_THE_VOLUME = {"lost+found"}


def make_home(home: str, dev: tuple[int, int], skeleton: str = SKELETON) -> list[Problem]:
    """Make dev's home where a volume over /home has none; what is there stays as it is."""
    if os.path.lexists(home):
        return []
    try:
        os.mkdir(home, 0o755)
        if os.geteuid() == 0:
            os.chown(home, *dev, follow_symlinks=False)
        for entry in os.scandir(skeleton):
            if entry.is_file():
                files.write(f"{home}/{entry.name}", bytes_of(entry.path), 0o644, dev)
    except OSError as error:
        what = f"{home} is missing and cannot be made ({error.strerror}): what dev saves there is lost."
        return [Problem(what, f"Make {home} on the volume, owned by uid {dev[0]}.")]
    return []


def bytes_of(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()


def fill(directory: str, dev: tuple[int, int], paths: Paths) -> list[Problem]:
    """Start to fill an empty volume with what the image has there; name what another volume hides.

    dev copies, not root: whoever has the volume may plant links while it runs.
    """
    names = set(os.listdir(paths.workspace)) if os.path.isdir(paths.workspace) else set()
    if not names or not os.path.ismount(directory):
        return []
    present = set(os.listdir(directory)) - OF_THE_VOLUME
    if not present and disks.may_write(directory, dev):
        copy = [f"{paths.opt}/bin/as-dev", "cp", "-an", f"{paths.workspace}/.", directory]
        os.posix_spawn(copy[0], copy, {"PATH": "/usr/bin:/bin"}, setsigmask=[])
    elif not present & names:
        what = f"the volume on {directory} hides what the image has there: {', '.join(sorted(names))}."
        return [Problem(what, f"Copy it from {paths.workspace}.")]
    return []
