"""Limit thread pools to the CPUs that the container may use; libraries would use all of the host's."""

import os
from collections.abc import Mapping

from node import files

VARIABLES = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMEXPR_NUM_THREADS")
V2 = "/sys/fs/cgroup/cpu.max"
V1 = "/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "/sys/fs/cgroup/cpu/cpu.cfs_period_us"


def quota(limit: str) -> float | None:
    """Return the CPUs that cgroup v2's `cpu.max` ("150000 100000") grants; None without a limit."""
    words = limit.split()
    if len(words) != 2 or not words[0].isdigit() or not words[1].isdigit() or words[1] == "0":
        return None
    return int(words[0]) / int(words[1])


def threads(limit: float | None, visible: int, environ: Mapping[bytes, bytes]) -> dict[bytes, bytes]:
    """Return the variables to add: none that the user set, and none where libraries count right anyway."""
    if limit is None or limit >= visible:
        return {}
    count = str(max(int(limit), 1)).encode()
    return {name.encode(): count for name in VARIABLES if name.encode() not in environ}


def container_quota() -> float | None:
    """Return this container's quota, from cgroup v2 or v1."""
    try:
        return quota(files.read_or(V2) or " ".join(files.read_or(name) for name in V1))
    except OSError:
        return None


def container_threads(environ: Mapping[bytes, bytes]) -> dict[bytes, bytes]:
    """Return the variables to add in this container."""
    return threads(container_quota(), len(os.sched_getaffinity(0)), environ)
