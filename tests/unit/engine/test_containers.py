"""A program in a container of an image: how it is started, what it gives, and how its failure is said."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from builder.core.errors import TailboxError
from builder.engine.client import Engine
from builder.engine.containers import LABEL, output_of_image, run_in_image, run_sandboxed
from builder.engine.owners import owner_labels
from builder.image import slim_report
from tests.kit.engine import fake_engine
from tests.kit.programs import fake_docker, fake_program


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Engine:
    """An engine whose `docker run` shows its words, then its input, and fails for the image `broken`."""
    script = 'echo "$*"\ncat\ncase "$*" in *broken*) echo "no such file" >&2; exit 127 ;; esac'
    fake_docker(tmp_path, script, monkeypatch)
    return fake_engine(tmp_path)


def test_a_program_runs_without_a_network_and_reads_its_input(engine: Engine) -> None:
    text = run_in_image("image", ["python3", "-I", "-"], engine, "failed", user="0", stdin=b"program")
    name = re.search(r"--name=tailbox-query-[0-9a-f]{12}", text)
    assert name is not None
    labels = " ".join(f"--label={key}={value}" for key, value in owner_labels().items())
    options = (
        f"--rm --interactive --network=none --log-driver=none {name[0]} --label={LABEL} {labels} --user=0"
    )
    assert text == f"run {options} --entrypoint=python3 image -I -\nprogram"


def test_a_stream_gives_bytes_and_mounts_a_volume(engine: Engine) -> None:
    with output_of_image("image", ["tar"], engine, "failed", volume="/a:/b:ro") as stream:
        words = stream.read().split()
    assert b"--volume=/a:/b:ro" in words
    assert words[-2:] == [b"--entrypoint=tar", b"image"]


def test_a_failure_is_said_with_its_last_lines_and_a_remedy(engine: Engine) -> None:
    with pytest.raises(TailboxError, match=r"^it failed\n    no such file\n  do: repeat$"):
        run_in_image("broken", ["sh"], engine, "it failed", "repeat")
    with (
        pytest.raises(TailboxError, match=r"^it failed\n  do: see the lines above"),
        output_of_image("broken", ["sh"], engine, "it failed") as stream,
    ):
        stream.read()


def test_an_image_that_cannot_show_its_slimming_is_an_error_of_ours(engine: Engine) -> None:
    with pytest.raises(TailboxError, match="broken does not show what was slimmed"):
        slim_report.report("broken", engine)


def test_a_container_is_removed_on_ctrl_c(engine: Engine, tmp_path: Path) -> None:
    fake_program(tmp_path, "docker", f'echo "$*" >>{tmp_path}/calls')

    def ask() -> None:
        with output_of_image("image", ["tar"], engine, "failed") as stream:
            stream.read()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ask()
    run, remove = (tmp_path / "calls").read_text().splitlines()
    assert remove == f"rm --force {run.partition('--name=')[2].partition(' ')[0]}"


def test_a_foreign_program_runs_as_nobody_without_network_capabilities_and_the_hosts_memory(
    engine: Engine,
) -> None:
    said = run_sandboxed("image", ["build"], engine, "failed", b"source", {"MAX_JOBS": "2"}, 1000)
    options = said.decode().split()
    wanted = {"--network=none", "--cap-drop=ALL", "--security-opt=no-new-privileges", "--user=65534:65534"}
    wanted |= {"--memory=1000", "--memory-swap=1000", "--pids-limit=4096", "--env=MAX_JOBS=2"}
    assert wanted <= {*options}
    assert said.endswith(b"\nsource")
    assert not [word for word in options if word.startswith(("--volume", "--mount", "--privileged"))]


def test_a_program_that_was_killed_is_told(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_docker(tmp_path, "echo compiling >&2; exit 137", monkeypatch)
    with pytest.raises(TailboxError, match=r"compiling\n *it was killed: for want of memory"):
        run_sandboxed("image", ["build"], engine, "failed", b"", {}, 1000)
