"""The entrypoint: from the container's environment to a supervised node.

Nothing here waits. Afterwards PID 1 is s6-svscan with a clean environment, and all services start at once.
"""

import json
import os
import pwd
import signal
import sys
from collections.abc import Sequence
from typing import NoReturn

from node import files, problems
from node.boot import disks, environ, secrets, services
from node.contract import settings
from node.contract.contract import PROXY_PORT, Contract, Defaults, parse
from node.contract.ssh_backend import BackEnd
from node.paths import PATHS, Paths
from node.problems import Problem

USER = "dev"
SSHD_RUN = "/run/sshd"  # where a root sshd separates its privileges
NO_RUN = "Mount a tmpfs of 8 MB or more on /run, owned by the node's user, with `exec`."
WORK = ("/workspace", "/home/dev")
STOP_SIGNALS = frozenset({signal.SIGTERM, signal.SIGINT})


def main(command: Sequence[str], paths: Paths = PATHS) -> NoReturn:
    """Boot the node; `command` is the main program, if any. Does not return.

    PID 1 loses a signal that it does not handle, and s6-svscan drops what is pending at its start. So a stop
    is held back, kept as the file `stop`, and sent again by the join service, which starts when s6-svscan
    listens.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS)
    try:
        prepare(paths)
    except OSError as error:
        problems.report([Problem(f"cannot write {error.filename}: {error.strerror}.", NO_RUN)])
        sys.exit(111)
    files.write(f"{paths.run}/pid", f"{os.getpid()}\n")
    if command:
        start_main_program(command, paths)
    files.write(f"{paths.boot}/entrypoint", "")
    if signal.sigpending() & STOP_SIGNALS:
        files.write(f"{paths.run}/stop", "")
    os.execve("/usr/bin/s6-svscan", ["s6-svscan", paths.services], service_environment())


def prepare(paths: Paths) -> None:
    """Everything that must be on disk before the services start. Errors: OSError."""
    owner = (0, dev_group())
    make_directories(paths, owner)
    found = [
        *disks.keep_from_others(os.path.dirname(paths.run)),
        *disks.keep_state(paths),
        *disks.unwritable(WORK, dev_account()),
    ]
    defaults = Defaults(**json.loads(files.read(paths.defaults)))
    contract, wrong = parse(os.environ, defaults, os.uname().nodename, files.read)
    contract, more = for_this_user(contract)
    found += [*wrong, *more]
    problems.report(found)
    problems.keep("boot", found, paths)
    write_environment(paths, owner)
    secrets.store(contract, dev_account(), paths)
    write_authorized_keys(contract, paths)
    settings.save(settings.Settings.of(contract), paths)
    services.lay_out(contract, paths)


def make_directories(paths: Paths, owner: tuple[int, int]) -> None:
    """The node's directories, empty where an earlier boot of this container left something."""
    files.mkdir(paths.run)
    files.empty(paths.run)
    for directory in (paths.services, paths.problems, f"{paths.run}/ssh"):
        files.mkdir(directory)
    files.mkdir(paths.boot, 0o775, owner)  # Jupyter marks its own readiness as dev
    files.mkdir(f"{paths.run}/secrets", 0o700)
    files.mkdir(f"{paths.run}/home", 0o700, dev_account())  # for dev where /home cannot be written
    files.mkdir(paths.tailscale_run)
    if os.geteuid() == 0:
        files.mkdir(SSHD_RUN)
    if os.path.lexists(paths.socket):
        os.unlink(paths.socket)  # a leftover would pass for a daemon


def for_this_user(contract: Contract) -> tuple[Contract, list[Problem]]:
    """sshd needs an account for the user it runs as; any other uid goes without."""
    try:
        pwd.getpwuid(os.geteuid())
    except KeyError:
        if contract.ssh.sshd:
            back_end = BackEnd("tailscale" if contract.ssh.tailscale else "off")
            what = f"sshd is off: uid {os.geteuid()} has no account in this image."
            return contract._replace(ssh=back_end), [
                Problem(what, "Run the node as root or as dev (uid 1000).")
            ]
    return contract, []


def write_environment(paths: Paths, owner: tuple[int, int]) -> None:
    """The sessions' environment, and the two parts of it that other readers need in their own form."""
    shared = environ.shared(os.environb)
    files.write(paths.environ, environ.nul_separated(shared), 0o640, owner)
    files.write(f"{paths.run}/sudo_environ", environ.for_sudo(shared), 0o640, owner)
    if path := shared.get(b"PATH"):
        files.write(f"{paths.run}/path", path + b"\n")


def write_authorized_keys(contract: Contract, paths: Paths) -> None:
    """One file for root and dev; sshd refuses one that others may write."""
    files.write(f"{paths.run}/ssh/authorized_keys", "".join(f"{line}\n" for line in contract.authorized_keys))


def start_main_program(command: Sequence[str], paths: Paths) -> None:
    """Fork the waiter. It execs at once: a copy of this process would keep the key in its environment."""
    if os.fork():
        return
    signal.pthread_sigmask(signal.SIG_UNBLOCK, STOP_SIGNALS)
    waiter = f"{paths.opt}/bin/waiter"
    os.execve(waiter, [waiter, *command], environ.for_main_program(os.environb))


def service_environment() -> dict[str, str]:
    return environ.for_services(os.environ, f"127.0.0.1:{PROXY_PORT}")


def dev_account() -> tuple[int, int]:
    """(uid, gid) of dev; our own where the image has no such user."""
    try:
        entry = pwd.getpwnam(USER)
    except KeyError:
        return os.geteuid(), os.getegid()
    return entry.pw_uid, entry.pw_gid


def dev_group() -> int:
    return dev_account()[1]
