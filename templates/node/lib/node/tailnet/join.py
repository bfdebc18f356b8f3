"""The join service: brings the node into its tailnet, and keeps its names current for as long as it is there.

It ends when tailscaled ends; s6 starts it again, and the state on disk needs no key.
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
from node.contract.settings import Settings, load
from node.paths import PATHS, Paths
from node.problems import Problem
from node.tailnet import localapi
from node.tailnet.tailscale_up import credentials, refusal, up_command

DAEMON_SECONDS = 60.0
READY_FD = 3  # s6: services/join/notification-fd
STATES = ("NoState", "InUseOtherUser", "NeedsLogin", "NeedsMachineAuth", "Stopped", "Starting", "Running")

NO_KEY = Problem(
    "no join key: the node is in no tailnet; its services run, reachable from inside the container only.",
    "Set TS_AUTHKEY or TS_AUTHKEY_FILE to an auth key of your tailnet and start the container again.",
)
NEEDS_APPROVAL = Problem(
    "the node waits for the approval of an admin of the tailnet.",
    "Approve it in the admin console, or use a pre-approved auth key.",
)
STOPPED = Problem("tailscale is switched off in this node.", "Run `tailscale up` as root in the node.")
EXPELLED = Problem(
    "the tailnet has logged this node out: its key expired, or it was removed.",
    "Start the container again with a valid TS_AUTHKEY.",
)


def main(paths: Paths = PATHS) -> NoReturn:
    """Run until tailscaled ends. Exit codes: 1 no daemon, 0 the daemon ended."""
    if not s6.wait_ready(["tailscaled"], time.monotonic() + DAEMON_SECONDS, paths):
        sys.exit(f"tailscaled was not ready within {DAEMON_SECONDS:.0f} s")
    joiner = Joiner(load(paths), paths)
    signal.signal(signal.SIGTERM, joiner.stop)
    with contextlib.suppress(localapi.Unreachable):
        for change in localapi.changes(paths=paths):
            joiner.follow(change)
    sys.exit(0)


class Joiner:
    """Follows the IPN bus: `tailscale up` once, names whenever they change, problems while they last."""

    def __init__(self, settings: Settings, paths: Paths) -> None:
        self.settings = settings
        self.paths = paths
        self.up: subprocess.Popen[str] | None = None
        self.joined = False
        self.told = False
        self.arriving = threading.Lock()
        self.names = ""
        if os.path.exists(paths.key):
            self.start_up(credentials(settings, paths))

    def follow(self, change: dict[str, object]) -> None:
        """React to one message of the bus: a state, or a change of this node itself."""
        state = change.get("State")
        if isinstance(state, int):
            self.enter(STATES[state])
        elif "SelfChange" in change and self.joined:
            self.keep_names()

    def enter(self, state: str) -> None:
        """A state of the daemon; a new node runs `up` when the first one is known."""
        if self.up is None and state != "NoState":
            self.first_up(state)
        if state == "Running":
            self.enter_running()
        elif state == "NeedsMachineAuth":
            self.complain(NEEDS_APPROVAL)
        elif self.joined and state in ("NeedsLogin", "Stopped"):
            self.complain(STOPPED if state == "Stopped" else EXPELLED)

    def first_up(self, state: str) -> None:
        """Without a key: a known node applies its settings, an unknown one needs to prove who it is."""
        if state != "NeedsLogin":
            self.start_up()
        elif self.settings.client_id:
            self.start_up(credentials(self.settings, self.paths))
        elif os.path.exists(self.paths.key_command):
            self.fetch_key()
        else:
            self.complain(NO_KEY)

    def enter_running(self) -> None:
        """In the tailnet: nothing that was wrong with the join is still wrong."""
        self.keep_names()
        problems.keep("join", (), self.paths)
        self.joined = True
        self.arrive()

    def arrive(self) -> None:
        """In the tailnet and with `up` at its end: its secrets go, and then the service is ready."""
        with self.arriving:
            if not self.joined or (self.up is not None and self.up.poll() is None):
                return
            for path in (self.paths.key, self.paths.id_token):
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(path)
            if not self.told:
                self.told = True
                notify_ready(self.paths)

    def keep_names(self) -> None:
        """The node's names for Jupyter's Host check, where they changed."""
        node = localapi.tailnet(self.paths)
        names = f"{node.name}\n{node.short_name}\n"
        if node.name and names != self.names:
            with a_full_disk_said():
                files.write(self.paths.names, names)
                self.names = names
            print(f"joined as {node.name} {' '.join(node.ips)}", flush=True)

    def fetch_key(self) -> None:
        """The join key from NODE_IDENTITY=command:..., run in a session of root; argv names its file."""
        command = [f"{self.paths.opt}/bin/session", "-c", f". {self.paths.key_command}"]
        found = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, check=False
        )
        key = found.stdout.strip()
        if found.returncode != 0 or not key or len(key.split()) > 1:
            what = f"the command of NODE_IDENTITY gave no key (exit code {found.returncode})."
            self.complain(
                Problem(
                    what,
                    "It must print the key alone and exit with 0; its messages are in the log above.",
                )
            )
            return
        files.write(self.paths.key, key, 0o600)
        self.start_up(credentials(self.settings, self.paths))

    def start_up(self, proof: Sequence[str] = ()) -> None:
        """Start `tailscale up`; it retries by itself while the control server is away."""
        command = [*up_command(self.settings, self.paths), *proof]
        self.up = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        threading.Thread(target=self.watch_up, args=(self.up,), daemon=True).start()

    def watch_up(self, up: "subprocess.Popen[str]") -> None:
        """Log what `up` says; where it fails, that is the problem."""
        lines = []
        for line in up.stdout or ():
            print(line.rstrip(), flush=True)
            lines += [line.strip()] if line.strip() else []
        if up.wait() > 0:
            self.complain(refusal(lines[-1] if lines else f"exit code {up.returncode}"))
        self.arrive()

    def complain(self, problem: Problem) -> None:
        problems.report([problem])
        with a_full_disk_said():
            problems.keep("join", [problem], self.paths)

    def stop(self, *_: object) -> NoReturn:
        """SIGTERM: no half-done login stays behind."""
        if self.up is not None:
            self.up.terminate()
        os._exit(0)


@contextlib.contextmanager
def a_full_disk_said() -> Iterator[None]:
    """What cannot be written ends no join service: people are in, and can make room."""
    try:
        yield
    except OSError as error:
        print(f"cannot write {error.filename}: {error.strerror}", flush=True)


def notify_ready(paths: Paths) -> None:
    """Tell s6, and mark the boot."""
    with contextlib.suppress(OSError), open(f"{paths.boot}/join", "x"):
        pass
    os.write(READY_FD, b"\n")
    os.close(READY_FD)
