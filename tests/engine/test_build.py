"""A real build that fails, is interrupted, or has nothing to do: what the user sees and what is left."""

from __future__ import annotations

import json
import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from bench.build import TAG, Bench
from builder.build.bake import build
from builder.core import paths
from builder.core.errors import TailboxError
from builder.core.process import until
from builder.pipeline.build import Built
from tests.engine.caches import drop

_PROGRAM = """
import sys
from pathlib import Path
from builder.build.bake import build
from builder.cli.errors import reporting
from builder.engine.client import connect
with reporting():
    build(Path(sys.argv[1]), "tailbox/test-build:1", connect())
"""


def _folder(path: Path, base: str, *steps: str) -> Path:
    """A build of nothing but these steps on the base image."""
    (path / "Dockerfile").write_text("\n".join(["FROM base", *steps, ""]))
    target = {"context": ".", "contexts": {"base": base}, "tags": ["tailbox/test-build:1"], "no-cache": True}
    (path / "docker-bake.json").write_text(json.dumps({"target": {"default": target}}))
    return path


def test_the_failed_step_is_named_with_its_last_lines(tmp_path: Path, built_base: Built) -> None:
    folder = _folder(
        tmp_path, built_base.contexts.base.context, "RUN echo first; echo the disk is on fire >&2; exit 9"
    )
    with pytest.raises(TailboxError) as caught:
        build(folder, "tailbox/test-build:1", built_base.engine)
    said = str(caught.value)
    assert "the build failed in the step" in said
    assert "RUN echo first" in said
    assert "the disk is on fire" in said
    assert "do: fix the cause and repeat" in said


def test_a_registry_that_is_away_is_seen_in_the_step_that_needed_it(
    tmp_path: Path, built_base: Built
) -> None:
    uv = "--mount=type=bind,from=uv,source=uv,target=/run/uv"
    folder = _folder(
        tmp_path,
        built_base.contexts.base.context,
        f"RUN {uv} UV_HTTP_RETRIES=0 /run/uv pip install --target /x --index-url http://127.0.0.1:9 idna",
    )
    bake = json.loads((folder / "docker-bake.json").read_text())
    bake["target"]["default"]["contexts"]["uv"] = str(built_base.contexts.uv)
    (folder / "docker-bake.json").write_text(json.dumps(bake))
    with pytest.raises(TailboxError, match=r"127\.0\.0\.1:9"):
        build(folder, "tailbox/test-build:1", built_base.engine)


def test_ctrl_c_ends_the_build_and_leaves_nothing_running(tmp_path: Path, built_base: Built) -> None:
    marker = f"marker-{secrets.token_hex(8)}"
    endless = f"RUN exec tail -f /dev/null {marker} 2>/dev/null"
    folder = _folder(tmp_path, built_base.contexts.base.context, endless)
    process = subprocess.Popen(
        [sys.executable, "-c", _PROGRAM, str(folder)],
        env={**os.environ, "PYTHONPATH": str(paths.PROJECT)},
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    until(lambda: _running(marker), 60, "the endless step")
    os.killpg(process.pid, signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130, said
    assert "interrupted" in said
    assert "Traceback" not in said
    until(lambda: not _running(marker), 10, "the end of the step that was interrupted")


def _running(marker: str) -> bool:
    """Whether a process of this machine has the marker among its arguments."""
    commands = subprocess.run(["ps", "-e", "-o", "args="], capture_output=True, text=True, check=True)
    return marker in commands.stdout


def test_building_again_is_all_cached_and_gives_the_same_image(built_base: Built) -> None:
    folder = paths.build_dir("base")
    again = build(folder, str(built_base.plan.reference), built_base.engine)
    assert again.cached
    assert again.id == built_base.image.id


@pytest.mark.parametrize("lost", [False, True])
def test_a_changed_file_of_the_node_installs_the_last_wheels_alone(
    tmp_path: Path, built_base: Built, lost: bool
) -> None:
    """The framework lies below the node's files; what users change most lies above them.

    Also where the builder's cache has lost the wheels since: a mount of another name holds none.
    """
    change = f"lost-{secrets.token_hex(8)}"
    bench = Bench("base", tmp_path)
    assert [layer.name for layer in bench.plan.wheels] == ["kernel", "packages"]
    bench.render(bench.plan)
    try:
        bench.timed("as it is")
        if lost:
            _edit(tmp_path / "Dockerfile", lambda text: text.replace("id=tailbox-uv", f"id={change}"))
        _edit(tmp_path / "node" / "lib" / "node" / "paths.py", lambda text: f"{text}\n# {change}\n")
        changed = bench.timed("a changed file")
    finally:
        built_base.engine.client.images.remove(TAG, force=True)
        drop(change, built_base.engine)
    assert changed.steps > 0
    assert changed.wheels == 1


def _edit(file: Path, change: Callable[[str], str]) -> None:
    file.write_text(change(file.read_text()))
