"""What fails outside of the program is said in the words of the system or the engine, with what to do."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest
from docker.errors import APIError, DockerException
from requests.exceptions import ConnectionError as Unreachable
from urllib3.exceptions import ProtocolError

from builder.cli import errors
from tests.unit.cli.test_main import tailbox


def _said(error: Exception, capsys: pytest.CaptureFixture[str]) -> str:
    with pytest.raises(SystemExit) as ended, errors.reporting():
        raise error
    assert ended.value.code == 1
    return capsys.readouterr().err


@pytest.mark.parametrize(
    ("code", "remedy"),
    [
        (errno.EROFS, "XDG_CACHE_HOME"),
        (errno.EACCES, "XDG_CACHE_HOME"),
        (errno.ENOSPC, "free space"),
        (errno.EDQUOT, "free space"),
        (errno.ENOTDIR, "put that right"),
    ],
)
def test_the_system_is_quoted_with_the_path(
    code: int, remedy: str, capsys: pytest.CaptureFixture[str]
) -> None:
    said = _said(OSError(code, os.strerror(code), "/home/you/.cache"), capsys)
    assert f"error /home/you/.cache: {os.strerror(code)}\n  do: " in said
    assert remedy in said


def test_an_error_of_the_system_may_name_no_path(capsys: pytest.CaptureFixture[str]) -> None:
    assert f"error {os.strerror(errno.ENOSPC)}\n" in _said(
        OSError(errno.ENOSPC, "No space left on device"), capsys
    )
    assert "error timed out\n" in _said(TimeoutError("timed out"), capsys)


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (DockerException("no such thing"), "no such thing"),
        (
            APIError("500 Server Error", explanation="write /var: no space left on device"),
            "no space left on device",
        ),
        (Unreachable("Connection aborted."), "Connection aborted."),
        (ProtocolError("Response ended prematurely"), "Response ended prematurely"),
    ],
)
def test_an_engine_that_fails_midway_is_named(
    error: Exception, reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    said = _said(error, capsys)
    assert "error the Docker engine failed: " in said
    assert reason in said
    assert "do: docker info" in said


def test_a_mistake_of_the_program_keeps_its_traceback() -> None:
    with pytest.raises(KeyError), errors.reporting():
        raise KeyError("mine")


def test_where_nothing_can_be_written_the_command_says_so(tmp_path: Path) -> None:
    (tmp_path / "build").touch()
    done = tailbox("render", "base", cwd=tmp_path)
    assert done.returncode == 1
    assert f"{tmp_path}/build" in done.stderr
    assert "Traceback" not in done.stderr
