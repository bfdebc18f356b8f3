"""Run a program in a container of an image, without a network, and remove the container afterwards."""

from __future__ import annotations

import secrets
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import IO

from builder.core.errors import Problem, TailboxError
from builder.core.process import last_lines
from builder.engine.client import Engine

LABEL = "dev.tailbox.query"
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
        done = subprocess.run(command, input=stdin, env=engine.environ, capture_output=True)
    if done.returncode:
        reason = last_lines(done.stderr.decode(errors="replace"))
        raise TailboxError(Problem(f"{failure}\n{reason}", remedy))
    return done.stdout.decode()


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
    image: str, program: Sequence[str], engine: Engine, user: str, volume: str = ""
) -> Iterator[list[str]]:
    """Yield the words of `docker run`; the container goes with the block, on Ctrl-C too.

    As process 1 it need not end on a signal, so it is removed by name.
    """
    name = f"tailbox-query-{secrets.token_hex(6)}"
    options = ["--rm", "--interactive", "--network=none", "--log-driver=none"]
    options += [f"--name={name}", f"--label={LABEL}"]
    if user:
        options.append(f"--user={user}")
    if volume:
        options.append(f"--volume={volume}")
    try:
        yield ["docker", "run", *options, f"--entrypoint={program[0]}", image, *program[1:]]
    except BaseException:
        subprocess.run(["docker", "rm", "--force", name], env=engine.environ, capture_output=True)
        raise
