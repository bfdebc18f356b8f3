"""What VS Code Remote-SSH asks for is missed by name; its script itself runs here with programs hidden."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import pytest

from builder.prove import Backend
from builder.prove.checks import vscode
from builder.prove.errors import CheckFailedError
from tests.unit.prove.checks.kit import SSHD, answer_by_ssh, done, subject

GOOD = "m: start\nplatform==Linux==\narch==x86_64==\nmarker==plain==\nm: end\n"
PROGRAMS = (
    "bash tar ldd grep sed awk sort readlink getconf flock ps uname printenv mkdir chmod curl head cut rm"
)


def probe(monkeypatch: pytest.MonkeyPatch, answer: str, code: int = 0) -> str:
    monkeypatch.setattr("secrets.token_hex", lambda _: "m")
    answer_by_ssh(monkeypatch, lambda _: done(answer, code))
    return vscode.probe(subject(plan=SSHD))


def test_a_node_with_all_of_it_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    assert probe(monkeypatch, f"banner\n{GOOD}") == "sshd: all that VS Code Remote-SSH asks for is there"


def test_every_user_through_every_back_end_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, str]] = []
    monkeypatch.setattr(vscode, "_probe", lambda _, backend, user: asked.append((backend, user)))
    vscode.probe(subject(plan={"ssh": frozenset(Backend)}))
    assert asked == [(backend, user) for backend in sorted(Backend) for user in ("root", "dev")]


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (f"m: missing: tar\nm: missing: flock\n{GOOD}", "VS Code as root through sshd misses tar, flock$"),
        (GOOD.replace("x86_64", "aarch64"), r"gets the answer \['platform==Linux==', 'arch==aarch64=='"),
        (GOOD.replace("plain", ""), r"gets the answer .*'marker===='\]$"),
        (GOOD.replace("m:", "another:"), "gets the answer 'another: start"),
        ("bash: not found\n", "gets the answer 'bash: not found'$"),
    ],
    ids=["programs", "another machine", "no environment", "another session", "no shell"],
)
def test_a_node_without_some_of_it_fails(monkeypatch: pytest.MonkeyPatch, answer: str, message: str) -> None:
    with pytest.raises(CheckFailedError, match=message):
        probe(monkeypatch, answer)


def missed(folder: Path, programs: Mapping[str, str] = MappingProxyType({}), **environment: str) -> list[str]:
    """Run the script with the host's programs; `programs` replaces some by other scripts, "" hides one."""
    path = folder / "programs"
    path.mkdir()
    for name in PROGRAMS.split():
        if (script := programs.get(name)) is None:
            (path / name).symlink_to(shutil.which(name) or pytest.fail(f"no {name} here"))
        elif script:
            (path / name).write_text(f"#!/bin/sh\n{script}\n")
            (path / name).chmod(0o755)
    given = {"PATH": str(path), "HOME": str(folder), "TMPDIR": str(folder), "PROOF_PLAIN": "plain"}
    command = [shutil.which("bash") or "bash"]
    text = f"ID=m\n{vscode._SCRIPT}"
    answer = subprocess.run(
        command, env={**given, **environment}, input=text, capture_output=True, text=True, check=True
    )
    assert answer.stdout.splitlines()[-1] == "m: end"
    return [line.partition("missing: ")[2] for line in answer.stdout.splitlines() if "missing: " in line]


@pytest.mark.parametrize("program", ["tar", "ldd", "flock", "ps", "printenv"])
def test_the_script_names_a_program_that_is_missing(tmp_path: Path, program: str) -> None:
    assert program in missed(tmp_path, {program: ""})


@pytest.mark.parametrize(
    ("programs", "named"),
    [
        ({"curl": ""}, "curl or wget"),
        ({"getconf": "echo glibc 2.17"}, "glibc 2.28 (2.17)"),
        ({"getconf": "exit 1"}, "glibc 2.28 (none)"),
        ({"grep": "exit 1"}, "libstdc++ with GLIBCXX_3.4.25"),
    ],
    ids=["no downloader", "old glibc", "no glibc", "old libstdc++"],
)
def test_the_script_names_what_is_too_old(tmp_path: Path, programs: dict[str, str], named: str) -> None:
    assert named in missed(tmp_path, programs)


@pytest.mark.parametrize("variable", ["HOME", "TMPDIR"])
def test_the_script_names_a_folder_that_takes_no_program(tmp_path: Path, variable: str) -> None:
    (tmp_path / "file").touch()
    folder = str(tmp_path / "file")
    named = f"{folder}/.vscode-server" if variable == "HOME" else folder
    assert f"{named}, writable, without noexec" in missed(tmp_path, {}, **{variable: folder})
