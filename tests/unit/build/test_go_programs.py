"""How Go programs are compiled: by the pinned Go, from locked modules, checked by Go's sum database."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from builder.build import go_programs
from builder.pipeline.workspace import Workspace
from tests.kit.programs import fake_on_path

VERSIONS = Workspace.open().facts.versions
GO = f"""\
case "$1" in
version) echo "go version go{VERSIONS.go} linux/amd64" ;;
env) echo /modules ;;
*) env >"$0.env"; pwd >"$0.cwd"; mkdir -p "$GOPATH/bin"; touch "$GOPATH/bin/tailscaled" ;;
esac
"""


@pytest.fixture
def go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The pinned Go, which writes down its environment and folder; the locked module is a copy."""
    module = tmp_path / "tailscaled"
    (tmp_path / "bin").mkdir()
    program = fake_on_path(tmp_path / "bin", "go", GO, monkeypatch)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("GOOS", "plan9")
    monkeypatch.delenv("GOSUMDB", raising=False)
    shutil.copytree(go_programs.module(), module)
    monkeypatch.setattr(go_programs, "module", lambda: module)
    return program


def _environment(go: Path) -> dict[str, str]:
    lines = go.with_name("go.env").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if "=" in line)


def test_modules_are_checked_by_the_sum_database_and_compiled_by_the_pinned_toolchain(go: Path) -> None:
    folder = go_programs.tailscaled(VERSIONS)
    assert [file.name for file in folder.iterdir()] == ["tailscaled"]
    given = _environment(go)
    assert "GOSUMDB" not in given
    assert "GONOSUMCHECK" not in given
    assert (given["GOTOOLCHAIN"], given["GOFLAGS"]) == ("local", "-buildvcs=false")
    assert (given["GOOS"], given["GOARCH"], given["CGO_ENABLED"]) == ("linux", "amd64", "0")


def test_it_is_compiled_in_the_module_that_locks_it(go: Path) -> None:
    go_programs.tailscaled(VERSIONS)
    assert go.with_name("go.cwd").read_text().strip() == str(go_programs.module())


@pytest.mark.usefixtures("go")
def test_another_lock_is_another_program() -> None:
    first = go_programs.tailscaled(VERSIONS)
    assert go_programs.tailscaled(VERSIONS) == first
    with (go_programs.module() / "go.sum").open("a") as sums:
        sums.write("example.com/x v1.0.0 h1:AAAA=\n")
    assert go_programs.tailscaled(VERSIONS) != first
