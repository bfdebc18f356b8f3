"""A build on a disk that fills up, or a network that goes away: what is said, and that a repeat goes on."""

from __future__ import annotations

import hashlib
import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from builder.build import base_image, buildkit_daemon
from builder.build.bake import bake
from builder.build.buildkit_daemon import Daemon
from builder.core import paths
from builder.core.errors import TailboxError
from builder.engine.oci_layout import Layout
from builder.pipeline.build import Built
from builder.prove import MemberSources
from builder.render.bake_file import host_secrets
from tests.kit.index import Index
from tests.kit.python_base import python_base


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[Path]:
    """A file system of this size, mounted on the folder."""
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", folder], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


def build(
    steps: str, folder: Path, on: Daemon, built: Built, **contexts: str
) -> tuple[Layout, dict[str, bool]]:
    """An image of these steps on the base, built by a daemon beside the engine; which steps were cached."""
    folder.mkdir(exist_ok=True)
    (folder / "Dockerfile").write_text(f"FROM base\n{steps}")
    contexts = {"base": base_image.for_daemon(built.contexts.base, built.engine), **contexts}
    host = paths.build_dir("base") / "sources" / "host"
    target = {"context": ".", "contexts": contexts, "secret": host_secrets(str(host))}
    (folder / "docker-bake.json").write_text(json.dumps({"target": {"default": target}}))
    image = folder / "image"
    options = [
        "--builder",
        on.name,
        "--set",
        f"*.output=type=oci,tar=false,compression=uncompressed,dest={image}",
    ]
    progress = bake(folder, built.engine, options)
    return Layout(image), {step.text: step.cached for step in progress.steps}


def test_a_disk_that_fills_up_in_mid_build(built_base: Built, tmp_path: Path) -> None:
    first, second = "RUN echo done > /first", "RUN dd if=/dev/zero of=/large bs=1M count=400"
    steps = f"{first}\n{second}\n"
    with (
        small_disk(tmp_path / "disk", 500) as disk,
        buildkit_daemon.daemon(built_base.versions, place=disk) as beside,
    ):
        with pytest.raises(TailboxError) as caught:
            build(steps, tmp_path / "files", beside, built_base)
        said = str(caught.value)
        assert "the build failed in the step" in said
        assert "dd if=/dev/zero of=/large" in said
        assert "no space left on device" in said.lower()
        assert "make room" in said
        subprocess.run(["mount", "-o", "remount,size=4g", disk], check=True)
        image, cached = build(steps, tmp_path / "files", beside, built_base)
    assert cached[first], "a finished step was done again"
    assert not cached[second]
    for digest in image.layers():
        assert f"sha256:{hashlib.sha256(image.blob(digest).read_bytes()).hexdigest()}" == digest


@pytest.mark.parametrize("outage", [5.0, pytest.param(30.0, marks=pytest.mark.deep)])
def test_a_network_that_is_gone_for_a_while_in_mid_download(
    built_base: Built, sources: MemberSources, tmp_path: Path, outage: float
) -> None:
    contexts = {
        "base": python_base(tmp_path / "base", built_base.engine, sources),
        "uv": str(built_base.contexts.uv),
    }
    with Index(tmp_path / "wheel", outage) as index, buildkit_daemon.daemon(built_base.versions) as beside:
        uv = "RUN --mount=type=bind,from=uv,source=uv,target=/run/uv /run/uv pip install --target /x"
        check = f"echo '{index.digest}  /x/payload' | sha256sum --check"
        install = f"{uv} --default-index {index.url} {index.package} && {check}"
        _, ran = build(f"{install}\n", tmp_path / "files", beside, built_base, **contexts)
        assert ran[install] is False
        assert index.seconds_away >= outage
