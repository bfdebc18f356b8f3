"""What fails outside of the program, in the words of the system or of the engine, and what to do about it."""

from __future__ import annotations

import errno
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click

from builder.core import console
from builder.core.errors import Exit, Problem, TailboxError

_SPACE = "free space (df -h; docker system df; tailbox clean; docker builder prune), then repeat"
_RIGHT = (
    "give this user the right, or choose another place (the working directory; XDG_CACHE_HOME), then repeat"
)
_REMEDIES = {errno.ENOSPC: _SPACE, errno.EDQUOT: _SPACE}
_REMEDIES |= dict.fromkeys((errno.EROFS, errno.EACCES, errno.EPERM), _RIGHT)


def external_problem(error: Exception) -> Problem | None:
    """Explain an error of the engine or of the system; None where the program itself is to blame."""
    # These take a fifth of a second to import, which a command that ends well need not wait for.
    from docker.errors import DockerException
    from requests.exceptions import RequestException
    from urllib3.exceptions import HTTPError

    # Before the system's: errors of requests are among them.
    if isinstance(error, (DockerException, RequestException, HTTPError)):
        return _of_engine(error)
    return _of_system(error) if isinstance(error, OSError) else None


def _of_engine(error: Exception) -> Problem:
    reason = getattr(error, "explanation", None) or str(error)
    return Problem(
        f"the Docker engine failed: {reason}",
        "docker info, and the engine's log; then repeat: what was finished is kept",
    )


def _of_system(error: OSError) -> Problem:
    reason = error.strerror or str(error) or type(error).__name__
    place = "" if error.filename is None else f"{error.filename}: "
    return Problem(f"{place}{reason}", _REMEDIES.get(error.errno or 0, "put that right, then repeat"))


@contextmanager
def reporting() -> Iterator[None]:
    """Turn an error into what people read on stderr, and into the exit code that says which kind it was."""
    try:
        yield
    except TailboxError as error:
        for problem in error.problems:
            console.problem(problem)
        sys.exit(error.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(Exit.INVALID)
    except (KeyboardInterrupt, click.Abort):
        console.step("interrupted; what was finished is kept, nothing of ours is left running")
        sys.exit(Exit.INTERRUPTED)
    except Exception as error:
        external = external_problem(error)
        if external is None:
            raise
        console.problem(external)
        sys.exit(Exit.FAILED)
