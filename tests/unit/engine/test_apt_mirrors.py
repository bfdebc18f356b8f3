"""The host's mirrors: those that apt names, asked once, and again when apt's sources have changed."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from builder.build import base_image, host_settings
from builder.engine import apt_mirrors

MAIN, SECURITY = "http://one.example/debian/", "http://one.example/debian-security/"
OTHERS = ["Debian Debian contrib http://no.example/", "Docker Docker main http://no.example/"]
OTHERS += ["Debian Debian main cdrom://no/", "Ubuntu Ubuntu main http://no.example/"]

ARCHIVE = [f"deb {MAIN} trixie main", f"deb {MAIN} trixie-updates main"]


@pytest.fixture(autouse=True)
def apt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An apt that answers what is in the file, one answer after the other; its sources."""
    sources = tmp_path / "sources.list.d"
    sources.mkdir()
    (sources / "debian.sources").write_text("one")
    program = tmp_path / "apt-get"
    program.write_text(f"#!/bin/sh\n[ $1 = indextargets ] && cat {tmp_path}/answer\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(apt_mirrors, "_SOURCES", (str(sources),))
    return sources


def answer(apt: Path, *lines: str) -> None:
    (apt.parent / "answer").write_text("".join(f"{line}\n" for line in lines))


def test_a_release_comes_with_its_updates_and_security_updates(apt: Path) -> None:
    main = [f"Debian Debian main {MAIN}", "Debian Debian main http://two.example/"]
    answer(apt, *OTHERS, f"Debian Debian-Security main {SECURITY}", *main)
    lines = [*ARCHIVE, f"deb {SECURITY} trixie-security main"]
    assert apt_mirrors.sources("trixie") == lines
    settings = host_settings.settings("trixie")
    assert settings["sources.list"].decode().splitlines() == lines
    assert b'Dir::Etc::SourceList "/run/host/sources.list";' in settings["apt.conf"]


def test_the_base_is_made_of_the_mirrors_of_the_host_and_does_not_name_them(apt: Path) -> None:
    answer(apt, f"Debian Debian main {MAIN}", f"Debian Debian-Security main {SECURITY}")
    root, file = apt.parent / "root", apt.parent / "of the host"
    listed = root / "etc" / "apt" / "sources.list"
    listed.parent.mkdir(parents=True)
    listed.write_text("its own\n")
    found = []
    for option in base_image.from_host_mirrors("trixie", file):
        subprocess.run(["sh", "-c", option.partition("=")[2], "hook", root], check=True)
        found.append(listed.read_text())
    assert found[0].splitlines() == apt_mirrors.signed("trixie")
    assert len(found[0].splitlines()) == 3
    assert found[1:] == ["its own\n"]
    assert [path.name for path in listed.parent.iterdir()] == ["sources.list"]


def test_the_base_keeps_its_security_updates_where_the_host_has_none(apt: Path) -> None:
    answer(apt, f"Debian Debian main {MAIN}")
    assert base_image.from_host_mirrors("trixie", apt / "list") == []


def test_a_host_without_security_updates_gives_none(apt: Path) -> None:
    answer(apt, f"Debian Debian main {MAIN}")
    assert apt_mirrors.sources("trixie") == ARCHIVE


def test_another_system_gives_nothing(apt: Path) -> None:
    answer(apt, *OTHERS, f"Debian Debian-Security main {SECURITY}")
    assert apt_mirrors.sources("trixie") == []
    settings = host_settings.settings("trixie")
    assert settings["sources.list"] == b""
    assert b"SourceList" not in settings["apt.conf"]


def test_it_is_asked_again_only_after_a_change(apt: Path) -> None:
    answer(apt, f"Debian Debian main {MAIN}")
    assert apt_mirrors.sources("trixie") == ARCHIVE
    answer(apt)
    assert apt_mirrors.sources("trixie") == ARCHIVE
    (apt / "other.sources").write_text("two")
    assert apt_mirrors.sources("trixie") == []
