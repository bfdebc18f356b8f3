"""The base image: named by its digest in a registry, and saved whole for a daemon that cannot see it."""

from __future__ import annotations

from pathlib import Path

import pytest

from builder.build import base_image
from builder.core import paths
from builder.core.errors import TailboxError
from tests.kit.engine import fake_engine
from tests.kit.programs import fake_docker

DIGEST = f"sha256:{'a' * 64}"


@pytest.mark.parametrize("name", ["debian:trixie-slim", f"debian:trixie-slim@sha256:{'b' * 64}"])
def test_a_registry_names_the_base_by_its_digest(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_docker(tmp_path, f'case "$*" in *{name}*) echo {DIGEST} ;; *) exit 1 ;; esac', monkeypatch)
    assert base_image.from_registry(name) == f"debian:trixie-slim@{DIGEST}"


def test_an_image_that_docker_does_not_save_whole_is_not_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_docker(tmp_path, "head -c 10240 /dev/zero; exit 1", monkeypatch)
    with pytest.raises(TailboxError, match=r"tailbox/debian:trixie-1 could not be saved"):
        base_image.for_daemon(base_image.BaseImage("tailbox/debian:trixie-1"), fake_engine(tmp_path))
    assert list((paths.cache() / "base").iterdir()) == []
