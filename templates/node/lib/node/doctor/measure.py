"""Looks at this machine for the doctor. What may hang is asked in a process of its own, with a deadline."""

import glob
import json
import os
import subprocess
import time
from collections.abc import Sequence
from typing import Any

from node import files
from node.boot import main as boot
from node.contract import settings
from node.doctor import gpu as doctor_gpu
from node.doctor import net as doctor_net
from node.doctor import system as doctor_system
from node.paths import PATHS, Paths
from node.tailnet import localapi

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
OWNERS = {"/workspace": "dev", "/tmp": "dev"}


def gpu(paths: Paths = PATHS) -> doctor_gpu.Machine:
    """Device files, driver, and the framework of the user's environment."""
    present = tuple(name for name in doctor_gpu.DEVICE_FILES if os.path.exists(name))
    answer = answered(["/usr/bin/python3", "-IS", f"{paths.opt}/lib/node/doctor/gpu_probe.py"], PROBE_SECONDS)
    probe = answer if answer is not None else {"library": True, "hung": True}
    name, cuda, archs = framework()
    return doctor_gpu.Machine(present, probe, name, cuda, tuple(archs), cuda_runtime())


def framework() -> tuple[str, str, list[str]]:
    """What the framework in /opt/venv says of itself; empty without one."""
    python = "/opt/venv/bin/python"
    found = subprocess.run(["find", "/opt/venv/lib", "-maxdepth", "3", "-name", "torch"], capture_output=True)
    answer = answered([python, "-I", "-c", FRAMEWORK], FRAMEWORK_SECONDS) if found.stdout else None
    return tuple(answer) if answer else ("", "", [])


def cuda_runtime(venv: str = "/opt/venv") -> str:
    """The name of NVIDIA's runtime library among the wheels of /opt/venv; empty without one."""
    found = glob.glob(f"{venv}/lib/python3*/site-packages/nvidia/**/libcudart.so.*", recursive=True)
    return os.path.basename(min(found)) if found else ""


def answered(command: Sequence[str], seconds: float) -> Any:
    """The JSON that a command prints; None where it fails or does not end in time."""
    try:
        done = subprocess.run(command, capture_output=True, timeout=seconds, check=True)
        return json.loads(done.stdout)
    except (OSError, ValueError, subprocess.SubprocessError):
        return None


def system() -> doctor_system.System:
    """Shared memory, disks and limits."""
    shm = os.statvfs("/dev/shm") if os.path.isdir("/dev/shm") else None
    return doctor_system.System(
        shm=shm.f_blocks * shm.f_frsize if shm else 0,
        disks={path: disk(path) for path in doctor_system.ROOM if os.path.isdir(path)},
        watches=int(files.read_or(f"{INOTIFY}/max_user_watches", "0")),
        instances=int(files.read_or(f"{INOTIFY}/max_user_instances", "0")),
        open_files=open_files(files.read("/proc/1/limits")),
    )


def disk(path: str) -> doctor_system.Disk:
    found = os.statvfs(path)
    # Of the root only its places must be writable.
    writable = path == "/" or can_write(path, OWNERS.get(path, ""))
    return doctor_system.Disk(found.f_blocks * found.f_frsize, found.f_bavail * found.f_frsize, writable)


def can_write(path: str, user: str) -> bool:
    """Whether the user (we ourselves without one) may make files in the directory."""
    if not user or os.geteuid() != 0:
        return os.access(path, os.W_OK)
    uid, gid = boot.dev_account()
    found = subprocess.run(["test", "-w", path], user=uid, group=gid, extra_groups=[], check=False)
    return found.returncode == 0


def open_files(limits: str) -> int:
    """The soft limit of open files in /proc/PID/limits; sessions inherit PID 1's."""
    line = next((line for line in limits.splitlines() if line.startswith("Max open files")), "")
    word = line.split()[3] if line else "0"
    return int(word) if word.isdigit() else 1 << 20


def network(paths: Paths = PATHS) -> doctor_net.Network:
    """The tailnet's state, the control server's clock, and the interfaces."""
    known = settings.load(paths) if os.path.exists(paths.settings) else None
    server = (known.login_server if known else "") or TAILSCALE
    return doctor_net.Network(localapi.status(paths), skew(server), server, mtus())


def skew(server: str) -> float | None:
    """Own clock minus the Date that the server answers with, in seconds."""
    from email.utils import parsedate_to_datetime

    command = ["curl", "-sS", "--head", "--max-time", SERVER_SECONDS, "-o", "-", server]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    for line in done.stdout.splitlines():
        if line.lower().startswith("date:"):
            return time.time() - parsedate_to_datetime(line[5:].strip()).timestamp()
    return None


def mtus(interfaces: str = "/sys/class/net") -> dict[str, int]:
    """MTU of each interface but loopback; the bonding driver has a plain file among them."""
    names = [
        name for name in os.listdir(interfaces) if name != "lo" and os.path.isdir(f"{interfaces}/{name}")
    ]
    return {name: int(files.read(f"{interfaces}/{name}/mtu")) for name in sorted(names)}
