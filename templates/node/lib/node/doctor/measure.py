"""Measure this machine for the doctor. What may hang runs as its own process, with a deadline."""

import glob
import json
import os
import subprocess
import time
from collections.abc import Sequence
from email.utils import parsedate_to_datetime
from typing import Any

from node import files
from node.accounts import dev_account
from node.contract import settings
from node.doctor.gpu import DEVICE_FILES, Machine
from node.doctor.net import Network
from node.doctor.system import ROOM, Disk, System
from node.paths import PATHS, Paths
from node.tailnet import localapi

GPU_PROBE = f"{os.path.dirname(__file__)}/gpu_probe.py"
PROBE_SECONDS = 20.0
FRAMEWORK_SECONDS = 60.0
SERVER_SECONDS = "5"
TAILSCALE = "https://controlplane.tailscale.com"
FRAMEWORK = """
import json, torch
flags = torch._C._cuda_getArchFlags() or ""
print(json.dumps([f"torch {torch.__version__}", torch.version.cuda or "", flags.split()]))
"""
INOTIFY = "/proc/sys/fs/inotify"
USED_BY_DEV = ("/workspace", "/tmp")
UNLIMITED = 1 << 20


def gpus() -> Machine:
    """Return the device files, the driver, and the framework in /opt/venv."""
    device_files = tuple(name for name in DEVICE_FILES if os.path.exists(name))
    report = json_of(["/usr/bin/python3", "-IS", GPU_PROBE], PROBE_SECONDS)
    probe = report or {"library": True, "hung": True}
    name, cuda, archs = framework()
    return Machine(device_files, probe, name, cuda, tuple(archs), cuda_runtime())


def framework() -> tuple[str, str, list[str]]:
    """Return the framework's name, CUDA and machine code, as it reports them; empty without one."""
    find = subprocess.run(["find", "/opt/venv/lib", "-maxdepth", "3", "-name", "torch"], capture_output=True)
    python = ["/opt/venv/bin/python", "-I", "-c", FRAMEWORK]
    answer = json_of(python, FRAMEWORK_SECONDS) if find.stdout else None
    return tuple(answer) if answer else ("", "", [])


def cuda_runtime(venv: str = "/opt/venv") -> str:
    """Return the name of NVIDIA's runtime library among the wheels of /opt/venv; empty without one."""
    pattern = f"{venv}/lib/python3*/site-packages/nvidia/**/libcudart.so.*"
    libraries = glob.glob(pattern, recursive=True)
    return os.path.basename(min(libraries)) if libraries else ""


def json_of(command: Sequence[str], seconds: float) -> Any:
    """Return the JSON that a command prints; None where it fails or does not end in time."""
    try:
        process = subprocess.run(command, capture_output=True, timeout=seconds, check=True)
        return json.loads(process.stdout)
    except (OSError, ValueError, subprocess.SubprocessError):
        return None


def system() -> System:
    """Return shared memory, disks and limits."""
    shm = os.statvfs("/dev/shm") if os.path.isdir("/dev/shm") else None
    return System(
        shm=shm.f_blocks * shm.f_frsize if shm else 0,
        disks={path: disk(path) for path in ROOM if os.path.isdir(path)},
        watches=int(files.read_or(f"{INOTIFY}/max_user_watches", "0")),
        instances=int(files.read_or(f"{INOTIFY}/max_user_instances", "0")),
        open_files=open_files(files.read("/proc/1/limits")),
    )


def disk(path: str) -> Disk:
    """Return the size of the path's file system, and whether its user may write there."""
    status = os.statvfs(path)
    # The root itself need not be writable, only the other paths.
    writable = path == "/" or can_write(path)
    return Disk(status.f_blocks * status.f_frsize, status.f_bavail * status.f_frsize, writable)


def can_write(path: str) -> bool:
    """Return whether the user of the directory, dev or this process, may create files in it."""
    if path not in USED_BY_DEV or os.geteuid() != 0:
        return os.access(path, os.W_OK)
    uid, gid = dev_account()
    return subprocess.run(["test", "-w", path], user=uid, group=gid, extra_groups=[]).returncode == 0


def open_files(limits: str) -> int:
    """Return the soft limit of open files in /proc/PID/limits; sessions inherit that of PID 1."""
    line = next((line for line in limits.splitlines() if line.startswith("Max open files")), "")
    word = line.split()[3] if line else "0"
    return int(word) if word.isdigit() else UNLIMITED


def network(paths: Paths = PATHS) -> Network:
    """Return the tailnet's state, the clock's skew, and the interfaces."""
    login_server = settings.load(paths).login_server if os.path.exists(paths.settings) else ""
    server = login_server or TAILSCALE
    return Network(localapi.status(paths), skew(server), server, mtus())


def skew(server: str) -> float | None:
    """Return this clock minus the Date in the server's answer, in seconds; None without an answer."""
    command = ["curl", "-sS", "--head", "--max-time", SERVER_SECONDS, "-o", "-", server]
    headers = subprocess.run(command, capture_output=True, text=True).stdout
    for line in headers.splitlines():
        if line.lower().startswith("date:"):
            return time.time() - parsedate_to_datetime(line[5:].strip()).timestamp()
    return None


def mtus(interfaces: str = "/sys/class/net") -> dict[str, int]:
    """Return the MTU of each interface except loopback; the bonding driver has a plain file among them."""
    names = [
        name for name in os.listdir(interfaces) if name != "lo" and os.path.isdir(f"{interfaces}/{name}")
    ]
    return {name: int(files.read(f"{interfaces}/{name}/mtu")) for name in sorted(names)}
