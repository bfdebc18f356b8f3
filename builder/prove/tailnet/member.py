"""One container of the proof: run commands in it, connect from it, write its files, read its log.

The host reaches a member only through `docker exec`, so this works where no route leads to a container: on an
internal network, with Docker Desktop, with a remote engine.
"""

from __future__ import annotations

import io
import socket
import subprocess
import tarfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import PurePosixPath

from docker.errors import NotFound
from docker.models.containers import Container

from builder.engine.client import Engine
from builder.prove.errors import DeadlineExceededError, TailnetError

PRIVILEGED = ("--privileged",)
# Each connection gets a new source port: a userspace node ignores a new connection from the
# port of one that it closed less than a minute ago. Below the range that Linux gives out by itself.
_FIRST_SOURCE_PORT = 10000


@dataclass(frozen=True)
class CompletedCommand:
    """A command that ended: exit code and output."""

    code: int
    out: bytes
    err: bytes = b""

    @property
    def text(self) -> str:
        """Return stdout as text, without the trailing newline."""
        return self.out.decode(errors="replace").rstrip("\n")

    @property
    def last_lines(self) -> str:
        """Return the end of its output, for messages."""
        lines = (self.out + b"\n" + self.err).decode(errors="replace").strip().splitlines()
        return "\n".join(lines[-12:])


class Relay:
    """The process that carries a connection; a thread waits for its end."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process, self._errors = process, b""
        self._thread = threading.Thread(target=self._wait, name="relay", daemon=True)
        self._thread.start()

    def complaint(self) -> str:
        """Return its stderr once it has ended, such as why it could not connect; empty while it runs."""
        self._thread.join(timeout=1)
        return self._errors.decode(errors="replace").strip()

    def _wait(self) -> None:
        _, self._errors = self._process.communicate()


@dataclass(frozen=True)
class Pipe:
    """A connection made by a member: a socket on this host, and the relay behind it."""

    socket: socket.socket
    relay: Relay


@dataclass(frozen=True)
class Member:
    """A running container. `masked` are its variables that commands must not inherit."""

    engine: Engine
    container: Container
    name: str
    masked: tuple[str, ...] = ()
    _source_ports: Iterator[int] = field(default_factory=lambda: count(_FIRST_SOURCE_PORT), repr=False)

    def run(
        self, argv: Sequence[str], *, stdin: bytes = b"", options: Sequence[str] = (), deadline: float = 120.0
    ) -> CompletedCommand:
        """Run a command as root (`options` are those of `docker exec`) and wait up to `deadline` seconds."""
        try:
            done = subprocess.run(
                self._exec(argv, options),
                input=stdin,
                env=dict(self.engine.environ),
                capture_output=True,
                timeout=deadline,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise DeadlineExceededError(
                f"in {self.name}, `{' '.join(argv)[:200]}` did not end within {deadline:.0f} s",
                "see what it waits for; the log of the container is part of the report",
            ) from None
        return CompletedCommand(done.returncode, done.stdout, done.stderr)

    def output(self, argv: Sequence[str], *, stdin: bytes = b"", options: Sequence[str] = ()) -> bytes:
        """Return the stdout of a command. Raises TailnetError if it fails."""
        done = self.run(argv, stdin=stdin, options=options)
        if done.code != 0:
            raise TailnetError(
                f"in {self.name}, `{' '.join(argv)[:200]}` ended with {done.code}: {done.last_lines}",
                "the command is part of the prover; see why the container refuses it",
            )
        return done.out

    @contextmanager
    def pipe(self, host: str, port: int) -> Iterator[Pipe]:
        """Yield a connection to host:port as this member sees it; it ends at once if that fails."""
        ours, theirs = socket.socketpair()
        with ours:
            with theirs:
                relay = self.splice(theirs, host, port)
            yield Pipe(ours, relay)

    def splice(self, connection: socket.socket, host: str, port: int) -> Relay:
        """Relay a connected socket to host:port as this member sees it, and back.

        When either end stops sending, the other is closed half a second later.
        """
        process = subprocess.Popen(
            self._exec(["socat", "-", f"TCP:{host}:{port},sourceport={next(self._source_ports)}"], ()),
            env=dict(self.engine.environ),
            stdin=connection.fileno(),
            stdout=connection.fileno(),
            stderr=subprocess.PIPE,
        )
        return Relay(process)

    def put(self, path: str, data: bytes) -> None:
        """Write root's file of mode 0600 and make its folder. Also works before the container starts."""
        place = PurePosixPath(path)
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w") as tar:
            folder = tarfile.TarInfo(str(place.parent.relative_to("/")))
            folder.type, folder.mode = tarfile.DIRTYPE, 0o755
            tar.addfile(folder)
            entry = tarfile.TarInfo(str(place.relative_to("/")))
            entry.size, entry.mode = len(data), 0o600
            tar.addfile(entry, io.BytesIO(data))
        self.container.put_archive("/", packed.getvalue())

    def log(self) -> bytes:
        """Return what the container wrote, both streams."""
        log: bytes = self.container.logs()
        return log

    @property
    def log_end(self) -> str:
        """Return the last lines of the log, for messages."""
        return "\n".join(self.log().decode(errors="replace").strip().splitlines()[-15:])

    def stop(self, grace: int) -> int:
        """Stop the container, `grace` seconds before the kill, and return its exit code."""
        self.container.stop(timeout=grace)
        return self.wait(grace)

    def wait(self, deadline: float) -> int:
        """Wait until the container ends, and return its exit code."""
        try:
            return int(self.container.wait(timeout=deadline)["StatusCode"])
        except OSError:
            raise DeadlineExceededError(
                f"{self.name} did not end within {deadline:.0f} s", "see what keeps its main process alive"
            ) from None

    def remove(self) -> None:
        """Remove the container and its anonymous volumes, running or not."""
        try:
            self.container.remove(force=True, v=True)
        except NotFound:
            return

    def _exec(self, argv: Sequence[str], options: Sequence[str]) -> list[str]:
        masks = [part for name in self.masked for part in ("--env", f"{name}=")]
        return ["docker", "exec", "--interactive", *masks, *options, str(self.container.id), *argv]
