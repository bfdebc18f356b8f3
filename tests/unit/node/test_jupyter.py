"""JupyterLab's configuration: it requires a token, and accepts the names that the tailnet gives."""

import asyncio
import gc
import os
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import pytest
from node import files, jupyter_config
from node.contract import settings
from node.contract.settings import Settings
from node.contract.ssh_backend import SshBackend
from node.jupyter_config import LiveNames, configure
from node.paths import Paths


class Config(defaultdict[str, SimpleNamespace]):
    """The part of traitlets' Config that configure() uses."""

    def __init__(self) -> None:
        super().__init__(SimpleNamespace)

    def __getattr__(self, name: str) -> SimpleNamespace:
        return self[name]


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    paths = Paths(run=str(tmp_path), state_disk=str(tmp_path))
    files.mkdir(paths.state)
    settings.store(Settings("box", "", [], SshBackend("both"), True, 9999, ""), paths)
    return paths


def test_loopback_only_and_with_the_token(paths: Paths) -> None:
    files.write(paths.token, "t0ken")
    config = Config()
    configure(config, paths)
    assert (config.ServerApp.ip, config.ServerApp.port, config.ServerApp.allow_remote_access) == (
        "127.0.0.1",
        9999,
        False,
    )
    assert config.IdentityProvider.token == "t0ken"


def test_without_a_token_it_does_not_start(paths: Paths) -> None:
    with pytest.raises(FileNotFoundError):
        configure(Config(), paths)
    files.write(paths.token, "\n")
    with pytest.raises(ValueError, match="without authentication"):
        configure(Config(), paths)


@pytest.mark.parametrize("changed", ["token", "password"])
def test_another_token_or_password_ends_the_cookies_of_before(paths: Paths, changed: str) -> None:
    files.write(paths.token, "t0ken")
    files.write(paths.password, "sha512:a:b")
    before = jupyter_config.cookie_secret(paths)
    assert jupyter_config.cookie_secret(paths) == before
    files.write(getattr(paths, changed), "another")
    assert jupyter_config.cookie_secret(paths) != before


def test_names_follow_their_file(paths: Paths) -> None:
    names = LiveNames(paths.names)
    assert "localhost" in names
    assert "box" not in names
    files.write(paths.names, "Box.tailbox.test\nbox\n")
    assert "box.tailbox.test" in names
    assert "BOX" in names
    assert "evil.example" not in names
    files.write(paths.names, "other.tailbox.test\nother\n")
    assert "box" not in names
    assert "other" in names


def test_s6_learns_of_readiness_and_garbage_is_collected_again(monkeypatch: pytest.MonkeyPatch) -> None:
    reader, writer = os.pipe()
    monkeypatch.setattr(jupyter_config, "READY_FD", writer)
    gc.disable()
    try:
        # In its own thread: a test of the browser may have left a running loop in this one.
        with ThreadPoolExecutor(1) as other:
            other.submit(asyncio.run, jupyter_config._start_jupyter_server_extension(None)).result()
        assert gc.isenabled()
    finally:
        gc.enable()
        gc.unfreeze()
    with os.fdopen(reader, "rb") as ready:
        assert ready.read() == b"\n"
