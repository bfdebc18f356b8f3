"""Commands in an image: without a network, with an error that says what to do, and nothing left behind."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, cast

import pytest

from builder.core.errors import TailboxError
from builder.engine.client import Engine
from builder.engine.containers import LABEL, run_in_image, stream_from_image

pytestmark = pytest.mark.unit

ENGINE = Engine(cast(Any, None), "unix:///far.sock", "26", "overlay2", Path("/"))


@pytest.fixture
def docker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A `docker` that writes its arguments into the file beside it, then does what the test appends."""
    program = tmp_path / "docker"
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    program.touch(mode=0o755)
    program.write_text(f'#!/bin/sh\necho "$*" >> {tmp_path}/calls\n')
    return program


def _then(docker: Path, script: str) -> None:
    docker.write_text(f"{docker.read_text()}{script}\n")


def _calls(docker: Path) -> list[str]:
    return docker.with_name("calls").read_text().splitlines()


def test_a_command_gets_its_input_and_gives_its_output(docker: Path) -> None:
    _then(docker, 'echo "$DOCKER_HOST"; cat')
    output = run_in_image("image", ["sh", "-c", "x"], ENGINE, failure="", user="0", stdin=b"text")
    assert output == "unix:///far.sock\ntext"
    (call,) = _calls(docker)
    assert call.startswith("run --rm --interactive --name=tailbox-query-")
    assert call.endswith(
        f"--label={LABEL} --network=none --log-driver=none --entrypoint=sh --user=0 image -c x"
    )


def test_a_command_that_fails_is_named_with_its_last_words_and_the_remedy(docker: Path) -> None:
    _then(docker, "echo no such file >&2; exit 3")
    with pytest.raises(TailboxError, match=r"^it cannot be read\n    no such file\n  do: look again$"):
        run_in_image("image", ["cat"], ENGINE, failure="it cannot be read", remedy="look again")


def test_a_stream_that_breaks_off_is_an_error(docker: Path) -> None:
    _then(docker, "echo part; exit 1")
    with (
        pytest.raises(TailboxError, match=r"^the layer could not be read"),
        stream_from_image(
            "image",
            ["tar"],
            ENGINE,
            failure="the layer could not be read",
            folder="/f",
        ) as tar,
    ):
        assert tar.read() == b"part\n"
    assert "--user=0 --volume=/f:/layer:ro image" in _calls(docker)[0]


def test_a_container_is_removed_on_ctrl_c(docker: Path) -> None:
    _then(docker, '[ "$1" = rm ] || exec cat')
    with (
        pytest.raises(KeyboardInterrupt),
        stream_from_image("image", ["tar"], ENGINE, failure="", folder="/f"),
    ):
        raise KeyboardInterrupt
    run, remove = _calls(docker)
    assert remove == f"rm --force {run.partition('--name=')[2].partition(' ')[0]}"
