"""Run a program in a container of an image, without a network, and remove the container afterwards."""

from __future__ import annotations

import secrets
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import IO

from builder.core.errors import Problem, TailboxError
from builder.core.process import last_lines
from builder.engine.client import Engine
from builder.engine.owners import owner_labels

LABEL = "dev.tailbox.query"
_KILLED = 128 + signal.SIGKILL
_SEE_ABOVE = "see the lines above, then repeat"


def run_in_image(
    image: str,
    program: Sequence[str],
    engine: Engine,
    failure: str,
    remedy: str = _SEE_ABOVE,
    *,
    user: str = "",
    stdin: bytes = b"",
) -> str:
    """Run a program, which replaces the image's entrypoint, and return its stdout as text.

    Raises TailboxError: `failure`, the last lines of stderr, `remedy`.
    """
    with _command(image, program, engine, user) as command:
        return _output(command, stdin, engine, failure, remedy).decode()


def run_sandboxed(
    image: str,
    program: Sequence[str],
    engine: Engine,
    failure: str,
    stdin: bytes,
    environment: Mapping[str, str],
    memory: int,
) -> bytes:
    """Run a foreign program as nobody, with no capability and at most `memory` bytes; return its stdout.

    Raises TailboxError: `failure` and the last lines of stderr.
    """
    limits = ["--cap-drop=ALL", "--security-opt=no-new-privileges", "--pids-limit=4096"]
    limits += [f"--memory={memory}", f"--memory-swap={memory}"]
    limits += [f"--env={name}={value}" for name, value in environment.items()]
    with _command(image, program, engine, "65534:65534", options=limits) as command:
        return _output(command, stdin, engine, failure, _SEE_ABOVE, lines=30)


def _output(
    command: list[str], stdin: bytes, engine: Engine, failure: str, remedy: str, lines: int = 12
) -> bytes:
    done = subprocess.run(command, input=stdin, env=engine.environ, capture_output=True)
    if done.returncode:
        reason = last_lines(done.stderr.decode(errors="replace"), lines)
        ended = (
            "\n    it was killed: for want of memory, or from outside" if done.returncode == _KILLED else ""
        )
        raise TailboxError(Problem(f"{failure}\n{reason}{ended}", remedy))
    return done.stdout


@contextmanager
def output_of_image(
    image: str, program: Sequence[str], engine: Engine, failure: str, *, user: str = "", volume: str = ""
) -> Iterator[IO[bytes]]:
    """Yield the stdout of a program as a stream; its stderr is ours. Raises TailboxError at the end."""
    with (
        _command(image, program, engine, user, volume) as command,
        subprocess.Popen(
            command, env=engine.environ, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE
        ) as process,
    ):
        assert process.stdout is not None
        yield process.stdout
    if process.returncode:
        raise TailboxError(Problem(failure, _SEE_ABOVE))


@contextmanager
def _command(
    image: str,
    program: Sequence[str],
    engine: Engine,
    user: str,
    volume: str = "",
    options: Sequence[str] = (),
) -> Iterator[list[str]]:
    """Yield the words of `docker run`; the container goes with the block, on Ctrl-C too.

    As process 1 it need not end on a signal, so it is removed by name.
    """
    name = f"tailbox-query-{secrets.token_hex(6)}"
    options = [*options, "--rm", "--interactive", "--network=none", "--log-driver=none"]
    options += [f"--name={name}", f"--label={LABEL}"]
    options += [f"--label={label}={value}" for label, value in owner_labels().items()]
    if user:
        options.append(f"--user={user}")
    if volume:
        options.append(f"--volume={volume}")
    try:
        yield ["docker", "run", *options, f"--entrypoint={program[0]}", image, *program[1:]]
    except BaseException:
        subprocess.run(["docker", "rm", "--force", name], env=engine.environ, capture_output=True)
        raise
