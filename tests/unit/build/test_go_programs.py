"""How the Go programs are built: from locked modules, with the sums that Go's database vouches for."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from builder.build import go_programs
from builder.core import paths
from builder.core.errors import TailboxError
from builder.facts.load import load_facts

pytestmark = pytest.mark.unit

VERSIONS = load_facts(paths.data("images"), None).versions


@pytest.fixture
def builds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[tuple[list[str], dict[str, str]]]:
    """The calls of go that build something, each with its environment; each leaves a program."""
    calls: list[tuple[list[str], dict[str, str]]] = []

    def run(command: list[str], *_: object, env: Mapping[str, str] | None = None, **__: object) -> str:
        if command[1] == "env":
            return "/go/modules\n"
        assert env is not None
        calls.append((command[1:], dict(env)))
        program = Path(env["GOPATH"]) / "bin" / command[-1].rpartition("/")[2].partition("@")[0]
        program.parent.mkdir()
        program.touch()
        return ""

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    for name in ("GOSUMDB", "GONOSUMDB", "GONOSUMCHECK", "GOFLAGS", "GOPRIVATE", "GOINSECURE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(go_programs, "run", run)
    monkeypatch.setattr(go_programs, "toolchain", lambda _: "go")
    return calls


def test_sums_are_checked_against_gos_database(builds: list[tuple[list[str], dict[str, str]]]) -> None:
    go_programs.tailscaled(VERSIONS)
    go_programs.oras(VERSIONS)
    assert [command[-1] for command, _ in builds] == [
        "tailscale.com/cmd/tailscaled",
        f"oras.land/oras/cmd/oras@v{VERSIONS.oras}",
    ]
    unchecked = {"GOSUMDB", "GONOSUMDB", "GONOSUMCHECK", "GOPRIVATE", "GOINSECURE"}
    for _, env in builds:
        assert not unchecked & env.keys()
        assert env["GOFLAGS"] == "-buildvcs=false"
        assert env["GOTOOLCHAIN"] == "local"


def test_tailscaled_is_built_from_the_module_that_locks_it_and_once(
    builds: list[tuple[list[str], dict[str, str]]],
) -> None:
    folder = go_programs.tailscaled(VERSIONS)
    assert (folder / "tailscaled").is_file()
    assert go_programs.tailscaled(VERSIONS) == folder
    ((_, env),) = builds
    assert (env["GOOS"], env["GOARCH"], env["CGO_ENABLED"]) == ("linux", "amd64", "0")


def test_a_tailscale_that_is_not_locked_is_refused(builds: list[tuple[list[str], dict[str, str]]]) -> None:
    with pytest.raises(TailboxError, match=r"tailscale 9\.9\.9 is not what is locked"):
        go_programs.tailscaled(VERSIONS.model_copy(update={"tailscale": "9.9.9"}))
    assert not builds
