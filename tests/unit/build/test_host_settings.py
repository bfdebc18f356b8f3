"""Settings of the host that a build needs: the index of pip's configuration, and who may read the files."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from builder.build import contexts, host_settings


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("XDG_CONFIG_HOME", "PIP_CONFIG_FILE", *host_settings._INDEX):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.mark.parametrize("key", ["index-url", "index_url"])
def test_the_index_of_pip_is_the_one_of_the_build(home: Path, key: str) -> None:
    file = home / ".config" / "pip" / "pip.conf"
    file.parent.mkdir(parents=True)
    file.write_text(f"[global]\n{key} = https://index.example/simple\n")
    assert b"export UV_DEFAULT_INDEX=https://index.example/simple\n" in host_settings.settings(None)["env"]


def test_the_file_of_the_environment_wins_and_may_turn_all_others_off(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, index in (("pip.conf", "https://late.example"), (".pip/pip.conf", "https://early.example")):
        (home / name).parent.mkdir(exist_ok=True)
        (home / name).write_text(f"[global]\nindex-url = {index}\n")
    assert host_settings._pip_index() == "https://early.example"
    monkeypatch.setenv("PIP_CONFIG_FILE", str(home / "pip.conf"))
    assert host_settings._pip_index() == "https://late.example"
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    assert host_settings._pip_index() is None


def test_the_indexes_of_a_target_come_with_the_credentials_of_netrc(home: Path) -> None:
    (home / ".netrc").write_text("machine one.example login me password p'w\n")
    (home / ".netrc").chmod(0o600)
    env = host_settings.settings(None, ["https://one.example/simple", "https://two.example/simple"])["env"]
    script = b"set -eu\n" + env + b'echo "$UV_INDEX|$UV_INDEX_TAILBOX0_USERNAME|$UV_INDEX_TAILBOX0_PASSWORD"'
    done = subprocess.run(["sh"], input=script, capture_output=True, check=True)
    urls = "tailbox0=https://one.example/simple tailbox1=https://two.example/simple"
    assert done.stdout.decode() == f"{urls}|me|p'w\n"
    assert b"TAILBOX1" not in env


@pytest.mark.parametrize("text", [b"[global\n", b"\xff", b"[install]\nindex-url = https://x.example\n"])
def test_a_file_that_names_no_index_is_no_reason_to_fail(home: Path, text: bytes) -> None:
    (home / ".pip").mkdir()
    (home / ".pip" / "pip.conf").write_bytes(text)
    assert host_settings._pip_index() is None


def test_only_the_user_may_read_what_may_hold_credentials(home: Path) -> None:
    contexts.place_host(None, home / "host")
    modes = {file.name: file.stat().st_mode & 0o777 for file in (home / "host").iterdir()}
    assert modes == dict.fromkeys(("env", "ca.pem", "apt.conf", "sources.list"), 0o600)
