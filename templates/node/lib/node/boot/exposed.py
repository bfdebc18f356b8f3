"""Say where the join key stays readable although the node removes its own: in a parent, in a mount."""

import os
import stat
from collections.abc import Iterator, Mapping

from node import files
from node.contract.variables import AUTHKEY, CLIENT_SECRET, ID_TOKEN
from node.problems import Problem

PROOFS = (*AUTHKEY, CLIENT_SECRET, ID_TOKEN)


def in_parents(proc: str = "/proc") -> list[Problem]:
    """Return a problem if a process above this one holds a key: an init that the platform puts before it."""
    pid = parent(f"{proc}/self")
    while pid > 0:
        names = held(f"{proc}/{pid}/environ")
        if names:
            name = files.read_or(f"{proc}/{pid}/comm", "another program")
            what = (
                f"process {pid} ({name}) is not the node's and keeps {', '.join(names)} in its environment:"
            )
            what += " root, and dev by sudo, can read it until the container ends."
            remedy = "Start the container without an init of its own (`--init`), or give the key as a file."
            return [Problem(what, remedy)]
        pid = parent(f"{proc}/{pid}")
    return []


def parent(process: str) -> int:
    """Return the parent's process ID, 0 without one; from stat, where only the last `)` ends the name."""
    return int(files.read(f"{process}/stat").rpartition(")")[2].split()[1])


def held(path: str) -> list[str]:
    """Return the variables with a proof in an environment; none where it cannot be read."""
    try:
        with open(path, "rb") as file:
            names = {entry.partition(b"=")[0].decode(errors="replace") for entry in file.read().split(b"\0")}
    except OSError:
        return []
    return sorted(names & set(PROOFS))


def in_files(environ: Mapping[str, str]) -> list[Problem]:
    """Return a problem for each file with a proof that everyone in the node can read."""
    return [
        Problem(
            f"{name}: everyone in the node can read {path}, also once it has joined.",
            "Mount it with mode 0400, for the node's user alone (Kubernetes: `defaultMode: 0400`).",
        )
        for name, path in named(environ)
        if open_to_all(path)
    ]


def named(environ: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield each variable that names a file with a proof, and the file."""
    for name in (*PROOFS, "NODE_IDENTITY"):
        text = environ.get(name, "").strip()
        if text.startswith("file:"):
            yield name, text.removeprefix("file:")
        if path := environ.get(f"{name}_FILE", "").strip():
            yield f"{name}_FILE", path


def open_to_all(path: str) -> bool:
    """Return whether the file's mode and the directories above it let every user read it."""
    try:
        path = os.path.realpath(path)
        if not os.stat(path).st_mode & stat.S_IROTH:
            return False
        while (path := os.path.dirname(path)) != "/":
            if not os.stat(path).st_mode & stat.S_IXOTH:
                return False
    except OSError:
        return False
    return True
