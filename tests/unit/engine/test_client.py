"""No engine, or one that cannot be used: each system's own remedy, and no surprise."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from unittest import mock

import pytest

from builder.core.errors import NoEngineError, TailboxError
from builder.engine import buildx, client, install
from builder.engine.buildx import buildx_version
from builder.engine.client import Engine, require_space
from tests.kit.engine import fake_engine
from tests.kit.programs import fake_docker, fake_program


@pytest.mark.parametrize(
    ("system", "release", "uid", "remedy"),
    [
        ("Darwin", None, 501, "brew install --cask docker"),
        ("Windows", None, 0, "winget install Docker.DockerDesktop"),
        ("Linux", {"ID": "fedora"}, 0, "dnf install moby-engine"),
        ("Linux", {"ID": "void"}, 0, "install and start Docker with buildx"),
        ("Linux", {"ID": "debian"}, 1000, "sudo apt-get install docker.io"),
    ],
)
def test_where_no_engine_can_be_installed_the_command_is_named(
    monkeypatch: pytest.MonkeyPatch, system: str, release: dict[str, str] | None, uid: int, remedy: str
) -> None:
    monkeypatch.setattr("platform.system", lambda: system)
    monkeypatch.setattr(
        "platform.freedesktop_os_release", mock.Mock(return_value=release) if release else _none
    )
    monkeypatch.setattr("os.geteuid", lambda: uid)
    with pytest.raises(NoEngineError) as caught:
        install.install()
    assert remedy in str(caught.value)


def _none() -> dict[str, str]:
    raise OSError


@pytest.fixture
def running(tmp_path: Path) -> Engine:
    return fake_engine(tmp_path)


def test_a_disk_that_is_too_small_is_told_before_the_build(running: Engine) -> None:
    with pytest.raises(TailboxError) as caught:
        require_space(running, 1e6)
    assert "disk too small: the build may take 1000000 GB" in str(caught.value)
    assert "tailbox clean" in str(caught.value)


def test_a_containerd_store_needs_more(running: Engine) -> None:
    assert dataclasses.replace(running, store="containerd").disk_factor > running.disk_factor


def test_enough_space_is_no_error(running: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    require_space(running, 0.001)
    assert "GB free at" in capsys.readouterr().err


def test_the_disk_of_another_machine_is_said_to_be_unseen(
    running: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    require_space(dataclasses.replace(running, root=Path("/no/such/place")), 5)
    assert "cannot be seen from here" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("said", "version"),
    [
        ("github.com/docker/buildx 0.13.1+ds1 0.13.1+ds1-3", "0.13.1"),
        ("github.com/docker/buildx v0.30.1-desktop.1 abc", "0.30.1"),
        ("buildah 1.41.4", "0"),
        ("", "0"),
    ],
)
def test_the_version_of_buildx_is_no_other_programs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str, version: str
) -> None:
    fake_docker(tmp_path, f"echo '{said}'", monkeypatch)
    assert str(buildx_version()) == version


def test_a_buildx_that_serves_is_asked_for_its_version_once_and_again_after_a_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = tmp_path / "calls"
    fake_docker(tmp_path, f"echo once >>{calls}\necho github.com/docker/buildx 0.13.1", monkeypatch)
    for _ in range(2):
        buildx.require()
    assert calls.read_text().splitlines() == ["once"]
    fake_program(tmp_path, "docker", "echo github.com/docker/buildx 0.12.0")
    with pytest.raises(NoEngineError, match=r"buildx 0\.13 or newer is needed, found 0\.12\.0"):
        buildx.require()


@pytest.mark.parametrize(
    ("configuration", "asked"),
    [(None, False), ({"currentContext": "default"}, False), ({"currentContext": "far"}, True)],
)
def test_docker_is_asked_only_for_the_endpoint_of_another_context(
    configuration: dict[str, str] | None, asked: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    for name in ("DOCKER_HOST", "DOCKER_CONTEXT"):
        monkeypatch.delenv(name, raising=False)
    answer = json.dumps([{"Endpoints": {"docker": {"Host": "tcp://far:2376"}}}])
    fake_docker(tmp_path, f"echo '{answer}'", monkeypatch)
    if configuration is not None:
        (tmp_path / "config.json").write_text(json.dumps(configuration))
    assert client._host() == ("tcp://far:2376" if asked else "unix:///var/run/docker.sock")
