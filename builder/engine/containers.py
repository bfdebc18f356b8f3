"""Run a program in a container of an image, without a network, and remove the container afterwards."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import IO

from builder.core.errors import Problem, TailboxError
from builder.core.process import last_lines
from builder.engine.client import Engine

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
    command = _command(image, program, user)
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
    command = _command(image, program, user, volume)
    with subprocess.Popen(
        command, env=engine.environ, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        yield process.stdout
    if process.returncode:
        raise TailboxError(Problem(failure, _SEE_ABOVE))


def _command(image: str, program: Sequence[str], user: str, volume: str = "") -> list[str]:
    options = ["--rm", "--interactive", "--network=none", "--log-driver=none"]
    if user:
        options.append(f"--user={user}")
    if volume:
        options.append(f"--volume={volume}")
    return ["docker", "run", *options, f"--entrypoint={program[0]}", image, *program[1:]]
