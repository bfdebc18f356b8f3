"""Ask an image by running a command in it: a container without a network that is gone afterwards."""

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
_SEE_ABOVE = "see the lines above"


def run_in_image(
    image: str,
    command: Sequence[str],
    engine: Engine,
    *,
    failure: str,
    remedy: str = _SEE_ABOVE,
    user: str = "",
    stdin: bytes = b"",
) -> str:
    """Run a command in an image and return its stdout. Raises TailboxError: `failure`, last lines, `remedy`.

    The command's first word is the entrypoint; without a `user` it runs as the image's own.
    """
    with _docker_run(image, command, engine, user) as arguments:
        done = subprocess.run(arguments, input=stdin, env=engine.environ, capture_output=True)
    if done.returncode:
        log = last_lines((done.stdout + done.stderr).decode(errors="replace"))
        raise TailboxError(Problem(f"{failure}\n{log}", remedy))
    return done.stdout.decode()


@contextmanager
def stream_from_image(
    image: str, command: Sequence[str], engine: Engine, *, failure: str, folder: str
) -> Iterator[IO[bytes]]:
    """Run a command as root in an image, over a `folder` of the engine's machine at /layer; yield its stdout.

    Raises TailboxError with `failure` where the command fails.
    """
    volume = f"--volume={folder}:/layer:ro"
    with (
        _docker_run(image, command, engine, "0", volume) as arguments,
        subprocess.Popen(
            arguments, env=engine.environ, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE
        ) as process,
    ):
        assert process.stdout is not None
        yield process.stdout
    if process.returncode:
        raise TailboxError(Problem(failure, _SEE_ABOVE))


@contextmanager
def _docker_run(
    image: str, command: Sequence[str], engine: Engine, user: str, *options: str
) -> Iterator[list[str]]:
    """Yield the words of `docker run`; the container goes with the block, also on Ctrl-C.

    As process 1 it need not end on a signal, so it is removed by name.
    """
    name = f"tailbox-query-{secrets.token_hex(6)}"
    flags = ["--rm", "--interactive", f"--name={name}", f"--label={LABEL}", "--network=none"]
    flags += ["--log-driver=none", f"--entrypoint={command[0]}", *([f"--user={user}"] if user else [])]
    try:
        yield ["docker", "run", *flags, *options, image, *command[1:]]
    except BaseException:
        subprocess.run(["docker", "rm", "--force", name], env=engine.environ, capture_output=True)
        raise
