"""The entrypoint: from the container's environment to a supervised node.

Nothing here waits. At the end PID 1 becomes s6-svscan with a clean environment, which starts all services at
once.
"""

import json
import os
import pwd
import signal
import sys
from collections.abc import Sequence
from typing import NoReturn

from node import files, problems, redaction
from node.accounts import dev_account
from node.boot import disks, environ, exposed, secrets, services, volumes
from node.contract import settings
from node.contract.contract import Contract, Defaults, parse
from node.contract.settings import Settings
from node.contract.ssh_backend import SshBackend
from node.contract.variables import SECRETS
from node.paths import PATHS, Paths
from node.problems import Problem

SSHD_RUN = "/run/sshd"  # where an sshd of root separates its privileges
WORKSPACE, HOME = "/workspace", "/home/dev"
STOP_SIGNALS = frozenset({signal.SIGTERM, signal.SIGINT})
RUN_REMEDY = "Mount a tmpfs of 8 MB or more on /run, owned by the node's user, with `exec`."


def main(command: Sequence[str], paths: Paths = PATHS) -> NoReturn:
    """Boot the node; `command` is the main program, if any. Does not return.

    PID 1 loses a signal that it does not handle, and s6-svscan drops pending signals when it starts.
    Therefore stop signals are blocked here. One that comes is stored as the file `stop`; the join service,
    which starts when s6-svscan listens, sends it again.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS)
    try:
        prepare(paths)
    except OSError as error:
        problems.report([Problem(f"cannot write {error.filename}: {error.strerror}.", RUN_REMEDY)])
        sys.exit(111)
    files.write(f"{paths.run}/pid", f"{os.getpid()}\n")
    if command:
        start_main_program(command, paths)
    files.write(f"{paths.boot}/entrypoint", "")
    if signal.sigpending() & STOP_SIGNALS:
        files.write(f"{paths.run}/stop", "")
    svscan = ["s6-svscan", paths.services]
    os.execve("/usr/bin/s6-svscan", svscan, environ.for_services(os.environ))


def prepare(paths: Paths) -> None:
    """Write everything that must be on disk before the services start. Errors: OSError."""
    dev = dev_account()
    owner = (0, dev[1])
    make_directories(paths, dev)
    disk_problems = [
        *disks.close_to_others(os.path.dirname(paths.run)),
        *disks.link_state(paths),
        *volumes.make_home(HOME, dev),
        *disks.unwritable((WORKSPACE, HOME), dev),
        *volumes.fill(WORKSPACE, dev, paths),
    ]
    defaults = Defaults(**json.loads(files.read(paths.defaults)))
    contract, contract_problems = parse(os.environ, defaults, os.uname().nodename, files.read)
    contract, user_problems = for_this_user(contract)
    boot_problems = [
        *disk_problems,
        *contract_problems,
        *user_problems,
        *disks.devices_left(contract.identity.key, paths.tailscale_disk),
        *exposed.in_parents(),
        *exposed.in_files(os.environ),
    ]
    redaction.store(redaction.given(SECRETS, os.environ, files.read), paths)
    problems.report(boot_problems, paths)
    problems.store("boot", boot_problems, paths)
    write_environment(paths, owner)
    secrets.store(contract, dev[1], paths)
    write_authorized_keys(contract, paths)
    settings.store(Settings.of(contract), paths)
    services.lay_out(contract, paths)


def make_directories(paths: Paths, dev: tuple[int, int]) -> None:
    """Create the node's directories, and remove what an earlier boot of this container left in them."""
    files.renew(paths.run)
    for directory in (paths.services, paths.problems, f"{paths.run}/ssh"):
        files.mkdir(directory)
    files.mkdir(paths.boot, 0o1775, (0, dev[1]))  # Jupyter, which runs as dev, writes its mark there
    files.mkdir(f"{paths.run}/secrets", 0o700)
    files.mkdir(f"{paths.run}/home", 0o700, dev)  # HOME of dev where /home/dev cannot be written
    files.renew(paths.tailscale_run)
    if os.geteuid() == 0:
        files.renew(SSHD_RUN)


def for_this_user(contract: Contract) -> tuple[Contract, list[Problem]]:
    """Switch sshd off where this process's uid has no account, which sshd needs."""
    try:
        pwd.getpwuid(os.geteuid())
    except KeyError:
        if contract.ssh.sshd:
            what = f"sshd is off: uid {os.geteuid()} has no account in this image."
            problem = Problem(what, "Run the node as root or as dev (uid 1000).")
            without_sshd = SshBackend("tailscale" if contract.ssh.tailscale else "off")
            return contract._replace(ssh=without_sshd), [problem]
    return contract, []


def write_environment(paths: Paths, owner: tuple[int, int]) -> None:
    """Write the sessions' environment, and the parts of it that sudo and the profile read in another form."""
    variables = environ.for_sessions(os.environb)
    files.write(paths.environ, environ.nul_separated(variables), 0o640, owner)
    files.write(f"{paths.run}/sudo_environ", environ.for_sudo(variables), 0o640, owner)
    if path := variables.get(b"PATH"):
        files.write(f"{paths.run}/path", path + b"\n")


def write_authorized_keys(contract: Contract, paths: Paths) -> None:
    """Write the one file for root and dev. Its mode matters: sshd refuses a file that others may write."""
    lines = "".join(f"{line}\n" for line in contract.authorized_keys)
    files.write(f"{paths.run}/ssh/authorized_keys", lines)


def start_main_program(command: Sequence[str], paths: Paths) -> None:
    """Fork bin/waiter. It execs at once: a copy of this process would keep the key in its environment."""
    if os.fork():
        return
    signal.pthread_sigmask(signal.SIG_UNBLOCK, STOP_SIGNALS)
    waiter = f"{paths.opt}/bin/waiter"
    os.execve(waiter, [waiter, *command], environ.for_main_program(os.environb))
