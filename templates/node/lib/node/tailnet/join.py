"""The join service: brings the node into its tailnet, and keeps its names current while it is there.

It ends when tailscaled ends. s6 starts it again, and with the state on disk it needs no key then.
"""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from typing import NoReturn

from node import files, problems, s6
from node.contract import settings
from node.contract.settings import Settings
from node.paths import PATHS, Paths
from node.problems import Problem
from node.tailnet import localapi, taken
from node.tailnet.initiator import Initiator
from node.tailnet.tailscale_up import proof_options, refusal, up_command

DAEMON_SECONDS = 60.0
READY_FD = 3  # s6: services/every/notification-fd
# ipn.State: tailscaled sends the index.
STATES = ("NoState", "InUseOtherUser", "NeedsLogin", "NeedsMachineAuth", "Stopped", "Starting", "Running")

NO_KEY = Problem(
    "no join key: the node is in no tailnet; its services can only be reached from inside the container.",
    "Set TS_AUTHKEY or TS_AUTHKEY_FILE to an auth key of your tailnet and start the container again.",
)
NEEDS_APPROVAL = Problem(
    "the node waits for the approval of an admin of the tailnet.",
    "Approve it in the admin console, or use a pre-approved auth key.",
)
STOPPED = Problem("Tailscale is switched off in this node.", "Run `tailscale up` as root in the node.")
EXPELLED = Problem(
    "the tailnet has logged this node out: its key expired, or it was removed.",
    "Start the container again with a valid TS_AUTHKEY.",
)


def main(paths: Paths = PATHS) -> NoReturn:
    """Run until tailscaled ends. Exit codes: 1 where it is not ready in time, 0 when it ends."""
    if not s6.wait_ready(["tailscaled"], time.monotonic() + DAEMON_SECONDS, paths):
        sys.exit(f"tailscaled was not ready within {DAEMON_SECONDS:.0f} s")
    joiner = Joiner(settings.load(paths), paths)
    signal.signal(signal.SIGTERM, joiner.stop)
    with contextlib.suppress(localapi.UnreachableError):
        for message in localapi.messages(None, paths, localapi.INITIAL_STATE | localapi.PEER_CHANGES):
            joiner.follow(message)
    sys.exit(0)


class Joiner:
    """Follows the IPN bus: runs `tailscale up` once, writes the names when they change, reports problems."""

    def __init__(self, settings: Settings, paths: Paths) -> None:
        self.settings = settings
        self.paths = paths
        self.up: subprocess.Popen[str] | None = None
        self.watcher: threading.Thread | None = None
        self.joined = False
        self.ready = False
        self.arrival = threading.Lock()
        self.names = ""
        self.initiator = Initiator(paths)
        if os.path.exists(paths.key):
            self.start_up(proof_options(settings, paths))

    def follow(self, message: dict[str, object]) -> None:
        """React to one message of the bus: a state, or a change of this node or of its peers."""
        state = message.get("State")
        if isinstance(state, int):
            self.enter(STATES[state])
        elif "SelfChange" in message and self.joined:
            self.update_names()
        peers = message.get("PeersChanged")
        if isinstance(peers, list) and self.joined:
            self.initiator.update(peers)

    def enter(self, state: str) -> None:
        """React to a state of the daemon; the first one decides how `tailscale up` runs without a key."""
        if self.up is None and state != "NoState":
            self.first_up(state)
        if state == "Running":
            self.enter_running()
        elif state == "NeedsMachineAuth":
            self.complain(NEEDS_APPROVAL)
        elif self.joined and state in ("NeedsLogin", "Stopped"):
            self.complain(STOPPED if state == "Stopped" else EXPELLED)

    def first_up(self, state: str) -> None:
        """Apply the settings where the tailnet knows the node; elsewhere prove who it is."""
        if state != "NeedsLogin":
            self.start_up()
        elif self.settings.client_id:
            self.start_up(proof_options(self.settings, self.paths))
        elif os.path.exists(self.paths.key_command):
            self.fetch_key()
        else:
            self.complain(NO_KEY)

    def enter_running(self) -> None:
        """The node is in its tailnet: what was wrong with the join is over."""
        self.initiator.arrive()
        self.update_names()
        problems.store("join", (), self.paths)
        self.joined = True
        self.arrive()

    def arrive(self) -> None:
        """Once the node has joined and `up` has ended: remove the proofs, then report readiness."""
        with self.arrival:
            if not self.joined or (self.up is not None and self.up.poll() is None):
                return
            # What reads the logs has read the rules; nothing on disk holds the key any more.
            for path in (self.paths.key, self.paths.id_token, self.paths.hidden, f"{self.paths.hidden}.sed"):
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(path)
            if not self.ready:
                self.ready = True
                notify_ready(self.paths)

    def update_names(self) -> None:
        """Write the node's names for Jupyter's check of the Host header, if they have changed."""
        node = localapi.tailnet(self.paths)
        names = f"{node.name}\n{node.short_name}\n"
        if node.name and names != self.names:
            with log_write_errors():
                files.write(self.paths.names, names)
                self.names = names
                taken.compare(node.short_name, self.settings.hostname, self.paths)
            print(f"joined as {node.name} {' '.join(node.ips)}", flush=True)

    def fetch_key(self) -> None:
        """Run NODE_IDENTITY=command:... in a session of root, and join with the key that it prints.

        The command is sourced from its file: argv would show it.
        """
        command = [f"{self.paths.opt}/bin/session", "-c", f". {self.paths.key_command}"]
        session = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        key = session.stdout.strip()
        if session.returncode != 0 or not key or len(key.split()) > 1:
            what = f"the command of NODE_IDENTITY gave no key (exit code {session.returncode})."
            remedy = "It must print only the key and exit with 0; its messages are in the log above."
            self.complain(Problem(what, remedy))
            return
        files.write(self.paths.key, key, 0o600)
        self.start_up(proof_options(self.settings, self.paths))

    def start_up(self, proof: Sequence[str] = ()) -> None:
        """Start `tailscale up`, which retries by itself while the control server is away."""
        command = [*up_command(self.settings, self.paths), *proof]
        self.up = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.watcher = threading.Thread(target=self.watch_up, args=(self.up,), daemon=True)
        self.watcher.start()

    def watch_up(self, up: "subprocess.Popen[str]") -> None:
        """Copy the output of `up` to the log; report its failure as a problem."""
        lines = []
        for line in up.stdout or ():
            print(line.rstrip(), flush=True)
            if line.strip():
                lines.append(line.strip())
        if up.wait() > 0:
            self.complain(refusal(lines[-1] if lines else f"exit code {up.returncode}"))
        self.arrive()

    def complain(self, problem: Problem) -> None:
        """Report the problem, and store it as the join service's only one."""
        problems.report([problem])
        with log_write_errors():
            problems.store("join", [problem], self.paths)

    def stop(self, *_: object) -> NoReturn:
        """End at SIGTERM, and leave no half-done login behind."""
        if self.up is not None:
            self.up.terminate()
        os._exit(0)


@contextlib.contextmanager
def log_write_errors() -> Iterator[None]:
    """Log what cannot be written, and go on: people can still log in and make room."""
    try:
        yield
    except OSError as error:
        print(f"cannot write {error.filename}: {error.strerror}", flush=True)


def notify_ready(paths: Paths) -> None:
    """Tell s6, and mark the time of the join."""
    with contextlib.suppress(OSError), open(f"{paths.boot}/join", "x"):
        pass
    os.write(READY_FD, b"\n")
    os.close(READY_FD)
