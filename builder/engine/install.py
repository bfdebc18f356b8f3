"""Install and start a Docker engine on Debian or Ubuntu, as root, and say so first."""

from __future__ import annotations

import fcntl
import os
import platform
import shutil
import subprocess
from pathlib import Path

from builder.core import console, process
from builder.core.errors import NoEngineError, Problem
from builder.core.process import run
from builder.engine import apt_mirrors, locks

_LOCK = Path("/run/lock/tailbox-engine")
_APT_LOCK = Path("/run/lock/tailbox-apt")
_LISTS_LOCK = Path("/var/lib/apt/lists/lock")
_APT_WAITS_SECONDS = 300  # for an apt or dpkg that somebody else has started
_LOG = Path("/var/log/dockerd.log")
_SOCKET = Path("/var/run/docker.sock")
_PIN = Path("/etc/apt/preferences.d/tailbox-engine")
_SOURCES = Path("/etc/apt/sources.list.d/tailbox-engine.list")
_NETWORK = "check the network and /etc/apt, then repeat"


def install() -> None:
    """Install and start an engine. Raises NoEngineError with what to do on other systems."""
    system = _system()
    if platform.system() != "Linux" or system not in ("debian", "ubuntu"):
        raise NoEngineError(_by_hand(system))
    if os.geteuid() != 0:
        raise NoEngineError(
            Problem(
                "no Docker engine answers, and only root may install one",
                "start it (sudo systemctl start docker), or: sudo apt-get install docker.io docker-buildx; "
                "then sudo usermod -aG docker $USER and log in again",
            )
        )
    # Two commands on a bare machine must not install at once.
    with locks.exclusive(_LOCK, "installing the Docker engine"):
        if _answers():
            return
        if not shutil.which("dockerd"):
            console.step("no Docker engine here: installing docker.io and docker-buildx with apt-get")
            _install_packages()
        _start()


def _system() -> str:
    try:
        return platform.freedesktop_os_release()["ID"]
    except OSError:
        return platform.system().lower()


def _by_hand(system: str) -> Problem:
    commands = {
        "darwin": "install Docker Desktop and start it: brew install --cask docker; open -a Docker",
        "windows": "install Docker Desktop with its WSL2 engine: winget install Docker.DockerDesktop",
        "fedora": "sudo dnf install moby-engine docker-buildx; sudo systemctl start docker",
        "arch": "sudo pacman -S docker docker-buildx; sudo systemctl start docker",
    }
    return Problem(
        "no Docker engine answers", commands.get(system, "install and start Docker with buildx 0.13 or newer")
    )


def _install_packages() -> None:
    packages = ["docker.io", "docker-buildx", "iptables"]
    if _too_old():
        console.note("this Debian's engine is too old: taking Debian 13's, pinned so that nothing else moves")
        _add_trixie()
        packages = ["docker.io=26.*", "docker-cli=26.*", "docker-buildx", "iptables"]
    apt_install(packages)


def apt_install(packages: list[str]) -> None:
    """Run `apt-get update` and install without recommends, one tailbox command at a time.

    apt waits for dpkg's lock itself; this function waits for that of the lists, as `update` does not.
    Raises TailboxError with apt's last lines.
    """
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    failure = f"apt-get could not install {' '.join(packages)}"
    wait = f"DPkg::Lock::Timeout={_APT_WAITS_SECONDS}"
    install_command = ["apt-get", "install", "-y", "-qq", "-o", wait, "--no-install-recommends", *packages]
    with locks.exclusive(_APT_LOCK, "installing packages with apt-get"):
        _wait_for_lists()
        run(["apt-get", "update", "-qq"], failure, _NETWORK, env=env)
        run(install_command, failure, _NETWORK, env=env)


def _wait_for_lists() -> None:
    """Wait until no other program updates apt's lists. Raises TailboxError after five minutes."""
    if _is_locked(_LISTS_LOCK):
        console.note("waiting for another program, which is updating apt's lists")
        what = f"another program to release {_LISTS_LOCK}"
        process.until(lambda: not _is_locked(_LISTS_LOCK), _APT_WAITS_SECONDS, what)


def _is_locked(file: Path) -> bool:
    """Return whether another process holds the lock of a file as apt takes it (fcntl(2))."""
    if not file.exists():
        return False
    with file.open("r+b") as opened:
        try:
            fcntl.lockf(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def _too_old() -> bool:
    """Return whether this is Debian before 13, whose docker.io is 20.10 without buildx; 13's runs there."""
    release = platform.freedesktop_os_release()
    return release["ID"] == "debian" and int(release.get("VERSION_ID", "99")) < 13


def _add_trixie() -> None:
    """Add Debian 13 from the same mirrors, with a lower priority than everything else."""
    lines = apt_mirrors.signed("trixie")
    if not lines:
        raise NoEngineError(
            Problem("apt has no source for Debian's main archive", "add one to /etc/apt/sources.list.d")
        )
    _SOURCES.write_text("".join(f"{line}\n" for line in lines))
    _PIN.write_text("Package: *\nPin: release n=trixie*\nPin-Priority: 50\n")


def _start() -> None:
    """Start the engine by systemd if that runs, else as a daemon that outlives this command."""
    console.step("starting the Docker engine")
    if Path("/run/systemd/system").is_dir():
        run(["systemctl", "start", "docker"], "the engine does not start", "journalctl -u docker")
    else:
        with _LOG.open("ab") as log:
            subprocess.Popen(
                ["dockerd"], stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
    process.until(_answers, 60, f"the Docker engine's answer (see {_LOG})")


def _answers() -> bool:
    return _SOCKET.exists() and subprocess.run(["docker", "version"], capture_output=True).returncode == 0
