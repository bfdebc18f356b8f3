"""A build that does not give the same bytes twice is caught, and the file is named."""

from __future__ import annotations

import json
import secrets
from pathlib import Path

import pytest

from builder.build import base_image, buildkit_daemon
from builder.build.bake import bake
from builder.engine.oci_layout import Layout
from builder.image import oci_diff
from builder.pipeline.build import Built
from builder.pipeline.reproduce import OUTPUT


def _export(folder: Path, into: Path, layout: str, builder: str, built: Built) -> Layout:
    target = {"context": ".", "contexts": {"base": layout}, "args": {"SOURCE_DATE_EPOCH": "1790000000"}}
    (folder / "docker-bake.json").write_text(json.dumps({"target": {"default": target}}))
    options = ["--builder", builder, "--no-cache", "--set", f"*.output={OUTPUT},dest={into}"]
    bake(folder, built.engine, options)
    return Layout(into)


@pytest.mark.parametrize(
    ("step", "difference"),
    [
        ("RUN echo same > /etc/thing", None),
        ("RUN cat /proc/sys/kernel/random/uuid > /etc/thing", "etc/thing: its content"),
    ],
)
def test_chance_in_a_step_is_found_and_named(
    step: str, difference: str | None, tmp_path: Path, built_base: Built
) -> None:
    layout = base_image.for_daemon(built_base.contexts.base, built_base.engine)
    folder = tmp_path / secrets.token_hex(4)
    folder.mkdir()
    (folder / "Dockerfile").write_text(f"FROM base\nARG SOURCE_DATE_EPOCH\n{step}\n")
    with buildkit_daemon.daemon(built_base.versions) as beside:
        one, two = (_export(folder, tmp_path / part, layout, beside.name, built_base) for part in ("1", "2"))
    found = oci_diff.differences(one, two)
    assert len(found) == (difference is not None)
    assert all(told.endswith(str(difference)) for told in found)
