"""`make lint`: every checker over what it is for; all run, and the exit code says whether all passed."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from builder.build import go_programs
from builder.core import paths
from builder.pipeline.plan import make_plan
from builder.pipeline.workspace import Workspace
from builder.render import ci
from builder.render.render import render, write_files
from builder.targets.target import catalogue, load_target

_BIN = Path(sys.executable).parent


def _shell_files(root: Path) -> list[str]:
    """Files whose first line names sh or bash; not those that were made here."""
    rooms = [room for room in sorted(root.iterdir()) if room.name not in (".git", ".venv", "build")]
    files = [path for room in rooms for path in (room, *room.rglob("*")) if path.is_file()]
    return [str(path) for path in files if _interpreter(path) in ("sh", "bash")]


def _interpreter(path: Path) -> str:
    first = path.read_bytes().partition(b"\n")[0]
    return first.rsplit(b"/", 1)[-1].split(b" ")[-1].decode() if first.startswith(b"#!") else ""


def _rendered(folder: Path) -> list[str]:
    """The Dockerfile of every target, rendered."""
    for name in catalogue():
        plan = make_plan(name, Workspace.open())
        write_files(render(plan, paths.data("templates")), folder / name)
    return [str(path) for path in sorted(folder.glob("*/Dockerfile"))]


def _ci(folder: Path) -> Iterator[tuple[list[str], Path]]:
    """The CI configurations against their schemas; actionlint reads GitHub's expressions and scripts too."""
    folder.mkdir()
    targets = [load_target(name) for name in catalogue()]
    versions = Workspace.open().facts.versions
    for system, schema in (("github", "github-workflows"), ("gitlab", "gitlab-ci")):
        file = folder / f"{system}.yml"
        file.write_text(ci.config(system, targets, versions.debian, paths.data("templates")))
        yield [str(_BIN / "check-jsonschema"), "--builtin-schema", f"vendor.{schema}", str(file)], folder
    shellcheck = ["-shellcheck", str(_BIN / "shellcheck")]
    yield [str(go_programs.actionlint(versions)), *shellcheck, str(folder / "github.yml")], folder


def main() -> int:
    """Run every checker; 0 when all are content."""
    root = paths.PROJECT
    modules = (root / "builder" / "prove" / "control", go_programs.session_module())
    go = go_programs.toolchain(Workspace.open().facts.versions)
    gofmt = str(Path(go).resolve().parent / "gofmt")
    with tempfile.TemporaryDirectory() as folder:
        commands: list[tuple[list[str], Path]] = [
            ([str(_BIN / "ruff"), "check", "."], root),
            ([str(_BIN / "ruff"), "format", "--check", "."], root),
            (
                [
                    str(_BIN / "mypy"),
                    "builder",
                    "bench",
                    "tools",
                    "templates/node/lib/node",
                    "templates/node/lib/kernel",
                    "tests",
                ],
                root,
            ),
            ([str(_BIN / "lint-imports"), "--no-cache"], root),
            ([str(_BIN / "shellcheck"), *_shell_files(root)], root),
            ([str(_BIN / "hadolint"), *_rendered(Path(folder)), "templates/prove/Dockerfile"], root),
            *_ci(Path(folder) / "ci"),
            *(([gofmt, "-l", "-d", "."], module) for module in modules),
            *(([go, "vet", "./..."], module) for module in modules),
        ]
        return max(_check(command, cwd) for command, cwd in commands)


def _check(command: list[str], cwd: Path) -> int:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True)
    bad = done.returncode != 0 or (command[0].endswith("gofmt") and done.stdout != "")
    print(f"{'FAILED' if bad else 'ok    '}  {Path(command[0]).name} {' '.join(command[1:3])}", flush=True)
    if bad:
        print(done.stdout + done.stderr, flush=True)
    return int(bad)


if __name__ == "__main__":
    sys.exit(main())
