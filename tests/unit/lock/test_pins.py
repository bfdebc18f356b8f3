"""What is pinned besides wheels: the base's digest where a registry answers, and tailscaled's modules."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import cast

import pytest

from builder.build import base_image, go_programs
from builder.core import console, paths
from builder.core.errors import TailboxError
from builder.engine.client import Engine
from builder.lock.changes import Relocked, compare_versions
from builder.pipeline.relock_tools import modules
from builder.pipeline.workspace import Workspace
from tests.kit.programs import fake_docker, fake_program
from tests.kit.registry import FakeRegistry

VERSIONS = Workspace.open().facts.versions
NO_ENGINE = cast(Engine, None)
OLD, NEW = (f"{base_image.registry_name(VERSIONS.debian)}@sha256:{digit * 64}" for digit in "12")


@pytest.fixture
def lock_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    file = tmp_path / "base-image.txt"
    monkeypatch.setattr(base_image, "lock_file", lambda: file)
    monkeypatch.setattr(base_image, "from_packages", lambda *_: "tailbox/debian:trixie-1")
    return file


def test_a_locked_digest_is_what_is_built_on_though_the_registry_has_a_newer_one(
    lock_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(base_image, "from_registry", FakeRegistry(NEW, OLD))
    assert base_image.find_base(VERSIONS, NO_ENGINE).image == NEW
    lock_file.write_text(f"{OLD}\n")
    assert base_image.find_base(VERSIONS, NO_ENGINE).image == OLD


def test_what_is_locked_is_asked_for_once(lock_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    registry = FakeRegistry(OLD)
    monkeypatch.setattr(base_image, "from_registry", registry)
    lock_file.write_text(f"{OLD}\n")
    assert {base_image.find_base(VERSIONS, NO_ENGINE).image for _ in range(2)} == {OLD}
    assert registry.asked == [OLD]


def test_without_a_registry_the_base_is_made_and_named_by_what_it_is_made_of(
    lock_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock_file.write_text(f"{OLD}\n")
    monkeypatch.setattr(base_image, "from_registry", FakeRegistry())
    made = base_image.find_base(VERSIONS, NO_ENGINE)
    assert (made.pinned, base_image.BaseImage(OLD).pinned) == ("mmdebstrap:trixie", OLD)


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("echo other >&2; echo 'ERROR: 429 Too Many Requests' >&2; exit 1", "429 Too Many Requests"),
        ("exit 1", "docker ended with 1"),
        ("exit 0", "it names no digest"),
        ("exec tail -f /dev/null", "no answer within 0.1 seconds"),
    ],
)
def test_why_the_base_is_not_to_be_had_from_a_registry_is_said(
    script: str, reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = list[str]()
    fake_docker(tmp_path, script, monkeypatch)
    monkeypatch.setattr(console, "note", said.append)
    if "tail" in script:
        monkeypatch.setattr(base_image, "_PATIENCE", 0.1)
    assert base_image.from_registry("debian:trixie-slim") is None
    assert said == [f"no registry gives debian:trixie-slim: {reason}"]


def test_without_mmdebstrap_the_remedy_is_not_only_the_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    with pytest.raises(TailboxError, match="fix what is said above") as caught:
        base_image._require_mmdebstrap()
    assert "no container registry answers" not in str(caught.value)


def test_the_lock_of_tailscaled_is_of_the_version_that_is_pinned(monkeypatch: pytest.MonkeyPatch) -> None:
    locked = modules(go_programs.module() / "go.mod")
    assert locked["tailscale.com"] == VERSIONS.tailscale
    sums = (go_programs.module() / "go.sum").read_text()
    assert f"tailscale.com v{VERSIONS.tailscale} h1:" in sums
    newer = VERSIONS.model_copy(update={"tailscale": "9.9.9"})
    monkeypatch.setattr(go_programs, "_build", lambda *_, **__: pytest.fail("was built"))
    with pytest.raises(TailboxError, match=r"tailscale 9\.9\.9 is not what is locked\n  do: tailbox lock"):
        go_programs.tailscaled(newer)


@pytest.mark.parametrize("version", [VERSIONS.go, "1.99.0"])
def test_the_hosts_go_is_taken_only_where_it_is_the_pinned_one(
    version: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    wheel = tmp_path / "tailbox" / "go" / VERSIONS.go / "go" / "bin" / "go"
    wheel.parent.mkdir(parents=True)
    wheel.touch()
    (tmp_path / "bin").mkdir()
    host = fake_program(tmp_path / "bin", "go", f"echo go version go{version} linux/amd64")
    monkeypatch.setenv("PATH", str(host.parent))
    assert go_programs.toolchain(VERSIONS) == str(host if version == VERSIONS.go else wheel)


def test_a_lock_of_another_release_is_no_lock_of_this_one(lock_file: Path) -> None:
    lock_file.write_text("debian:bookworm-slim@sha256:1\n")
    assert base_image.locked_digest("trixie") == ""
    assert base_image.locked_digest("bookworm") == "debian:bookworm-slim@sha256:1"


def test_a_first_lock_is_told_in_a_line_and_a_later_one_by_its_changes() -> None:
    first = compare_versions({}, {"curl": "1 sha256:a", "git": "2 sha256:b"})
    assert Relocked(Path("x"), first).lines() == ["2 packages"]
    later = compare_versions({"curl": "1 sha256:a"}, {"curl": "1 sha256:b", "git": "2 sha256:b"})
    assert Relocked(Path("x"), later).lines() == ["curl 1 has other content", "git (new) -> 2"]


def test_the_private_control_plane_is_made_of_the_pinned_tailscale() -> None:
    module = paths.PROJECT / "builder" / "prove" / "control" / "go.mod"
    assert modules(module)["tailscale.com"] == VERSIONS.tailscale
