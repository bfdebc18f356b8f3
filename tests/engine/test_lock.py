"""A lock keeps its word: the same bytes twice, one package freed alone, and no build with another wheel."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from packaging.version import Version

from builder.core.errors import TailboxError
from builder.pipeline.build import build_target
from builder.pipeline.outdated import outdated_packages, outdated_tools
from builder.pipeline.relock import relock_targets
from builder.pipeline.workspace import Workspace


def _written(file: Path, pip: str) -> Path:
    file.write_text(f"description: x\npackages: {{pip: [{pip}]}}\n")
    return file


def _lock(file: Path, *upgrade: str) -> bytes:
    list(relock_targets([str(file)], Workspace.open(), upgrade))
    return file.with_name("mine.lock.txt").read_bytes()


def test_locking_again_and_anew_gives_the_same_bytes(tmp_path: Path) -> None:
    file = _written(tmp_path / "mine.yaml", "idna, rich")
    once = _lock(file)
    assert _lock(file) == once
    file.with_name("mine.lock.txt").unlink()
    assert _lock(file) == once
    names = re.findall(rb"(?m)^([a-z0-9-]+)==", once)
    assert names == sorted(names)


def test_what_is_locked_stays_and_one_package_is_freed_alone(tmp_path: Path) -> None:
    _lock(_written(tmp_path / "mine.yaml", "idna==3.6, iniconfig==2.0.0"))
    file = _written(tmp_path / "mine.yaml", "idna, iniconfig")
    kept = _lock(file)
    assert b"\nidna==3.6 " in kept
    newer = {row.package: row for row in outdated_packages(str(file), Workspace.open())}
    assert newer["idna"].locked == "3.6"
    assert "iniconfig" in newer
    freed = _lock(file, "idna")
    assert b"\nidna==3.6 " not in freed
    assert b"\niniconfig==2.0.0 " in freed
    assert "idna" not in {row.package for row in outdated_packages(str(file), Workspace.open())}


@pytest.mark.deep
def test_a_pinned_tool_that_has_a_newer_release_is_named() -> None:
    versions = Workspace.open().facts.versions
    old = versions.model_copy(update={"uv": "0.12.0", "oras": "1.2.0"})
    found = {row.package: row for row in outdated_tools(old)}
    assert (found["uv"].locked, found["oras.land/oras"].locked) == ("0.12.0", "1.2.0")
    assert Version(found["uv"].newest) >= Version(versions.uv)
    assert found.keys() - {row.package for row in outdated_tools(versions)} <= {"uv", "oras.land/oras"}


def test_a_wheel_that_is_not_the_locked_one_fails_the_build_and_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    file = _written(tmp_path / "mine.yaml", "idna")
    locked = _lock(file).decode()
    forged = re.sub(
        r"(?m)(^idna==\S+ \\\n(?:    --hash=sha256:)).*(?:\n    --hash.*)*", rf"\g<1>{'0' * 64}", locked
    )
    assert forged != locked
    file.with_name("mine.lock.txt").write_text(forged)
    with pytest.raises(TailboxError, match=r"(?is)the build failed in the step.*hash mismatch.*idna"):
        build_target(str(file))
