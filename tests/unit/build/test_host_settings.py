"""The index of wheels that a build takes: the environment's, else that of pip's own files."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from builder.build import host_settings

pytestmark = pytest.mark.unit

FILES = {
    "xdg": "xdg/pip/pip.conf",
    "old user": "home/.pip/pip.conf",
    "user": "config/pip/pip.conf",
    "named": "named.conf",
}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in [name for name in os.environ if name.startswith(("PIP_", "UV_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_CONFIG_DIRS", str(tmp_path / "xdg"))
    monkeypatch.setenv("PIP_CONFIG_FILE", str(tmp_path / "named.conf"))
    return tmp_path


def _write(home: Path, name: str, text: str) -> None:
    file = home / FILES[name]
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


def _index() -> str | None:
    env = host_settings.settings(None)["env"].decode()
    lines = [line for line in env.splitlines() if line.startswith("export UV_DEFAULT_INDEX=")]
    return lines[0].partition("=")[2] if lines else None


def _of_pip() -> str | None:
    command = [sys.executable, "-m", "pip", "config", "list"]
    rows = subprocess.run(command, capture_output=True, text=True).stdout.splitlines()
    return dict(row.split("=", 1) for row in rows).get("global.index-url", "").strip("'") or None


@pytest.mark.parametrize("name", FILES)
def test_the_last_file_that_names_an_index_counts(name: str, home: Path) -> None:
    for number, each in enumerate(FILES):
        _write(home, each, f"[global]\nindex-url = https://{number}.example/simple\n")
        if each == name:
            break
    assert _index() == f"https://{list(FILES).index(name)}.example/simple"


def test_pip_itself_reads_its_files_in_the_same_order(home: Path) -> None:
    for number, name in enumerate(FILES):
        _write(home, name, f"[global]\nindex-url = https://{number}.example/simple\n")
    assert _index() == _of_pip()


def test_pip_can_be_told_to_read_no_file(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _write(home, "user", "[global]\nindex-url = https://user.example/simple\n")
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    assert _index() is None


@pytest.mark.parametrize("text", ["[global\n", "[install]\nindex-url = https://x.example\n", ""])
def test_a_file_that_names_no_index_is_no_reason_to_fail(text: str, home: Path) -> None:
    _write(home, "user", text)
    assert _index() is None


def test_the_environment_comes_first(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _write(home, "user", "[global]\nindex-url = https://user.example/simple\n")
    monkeypatch.setenv("PIP_INDEX_URL", "https://env.example/simple")
    assert _index() == "https://env.example/simple"
