"""Wheels are fetched beside the image and installed from the builder's cache, without the host's secrets."""

from __future__ import annotations

import hashlib
import json
import secrets
import shutil
from pathlib import Path

import pytest

from builder.build import buildkit_daemon, contexts
from builder.build.bake import bake, bake_with_retry
from builder.core import paths
from builder.core.errors import TailboxError
from builder.pipeline.build import Built
from builder.prove import MemberSources
from builder.render.bake_file import host_secrets
from builder.render.render import render, write_files
from tests.engine.caches import drop
from tests.kit.index import Index
from tests.kit.python_base import python_base

CACHE = "--mount=type=cache,id=tailbox-uv,target=/root/.cache/uv"
UV = "--mount=type=bind,from=uv,source=uv,target=/run/uv"
FILES = "--mount=type=bind,source=.,target=/run/files"
RECORD = "--mount=type=bind,source=record.py,target=/run/record.py"


def test_wheels_that_left_the_cache_are_fetched_again(tmp_path: Path, built_base: Built) -> None:
    """A cache mount's name is in no cache key: under another one all was fetched, and all is gone."""
    fresh = f"lost-{secrets.token_hex(8)}"
    write_files(render(built_base.plan, paths.data("templates")), tmp_path)
    contexts.place(
        built_base.contexts, built_base.contexts.base.context, built_base.versions.debian, tmp_path
    )
    dockerfile = tmp_path / "Dockerfile"
    dockerfile.write_text(dockerfile.read_text().replace("id=tailbox-uv", f"id={fresh}"))
    compiler = tmp_path / "wheels" / "compile.py"
    compiler.write_text(f"{compiler.read_text()}# {fresh}\n")
    options = ["--set", "*.output=type=cacheonly"]
    try:
        with pytest.raises(TailboxError, match="no longer has the wheels"):
            bake(tmp_path, built_base.engine, options)
        progress = bake_with_retry(tmp_path, built_base.engine, options)
    finally:
        drop(fresh, built_base.engine)
    installed = [step for step in progress.work if "/run/install.sh" in step.name]
    assert len(installed) == len(built_base.plan.environments)
    assert all(step.done and not step.error for step in installed)


def test_the_password_of_an_index_stays_out_of_the_cache(
    tmp_path: Path, built_base: Built, sources: MemberSources
) -> None:
    password = secrets.token_hex(8)
    shutil.copytree(paths.data("templates") / "wheels", tmp_path / "files")
    with Index(tmp_path / "wheel", 0.0) as index, buildkit_daemon.daemon(built_base.versions) as beside:
        digest = hashlib.sha256(index.wheel.read_bytes()).hexdigest()
        (tmp_path / "files" / "lock.txt").write_text(f"payload==1.0 --hash=sha256:{digest}\n")
        url = index.url.replace("//", f"//me:{password}@")
        lines = [
            "FROM base",
            f"RUN {CACHE} {UV} {FILES} UV_DEFAULT_INDEX={url} sh /run/files/fetch.sh /run/files/lock.txt",
            "RUN python3 -m venv --without-pip /venv",
            f"RUN {CACHE} {UV} {FILES} {RECORD} sh /run/files/install.sh /run/files/lock.txt /venv",
            "RUN test -s /venv/lib/python3*/site-packages/payload",
            f"RUN {CACHE} grep -q {index.url} /root/.cache/uv/tailbox/*",
            f"RUN {CACHE} ! grep -r {password} /root/.cache/uv",
        ]
        (tmp_path / "files" / "Dockerfile").write_text("\n".join(lines) + "\n")
        ground = python_base(tmp_path / "base", built_base.engine, sources)
        target = {
            "context": ".",
            "contexts": {"base": ground, "uv": str(built_base.contexts.uv)},
            "secret": host_secrets(str(paths.build_dir("base") / "sources" / "host")),
        }
        (tmp_path / "files" / "docker-bake.json").write_text(json.dumps({"target": {"default": target}}))
        options = ["--builder", beside.name, "--set", "*.output=type=cacheonly"]
        progress = bake(tmp_path / "files", built_base.engine, options)
    assert len([step for step in progress.work if step.done and not step.error]) == len(lines) - 1
