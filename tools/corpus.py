"""Public projects' needs, and how far each comes: a target, a plan, a lock, an image whose modules import.

`python -m tools.corpus [NAME ...] [--upto built]` tries them and saves what it saw in
tests/corpus/results.json, of which docs/projects.md has a table. A project's needs are data
(tests/corpus/NAME.yaml): its public files, reduced to facts, what should become of it, and why.
"""

from __future__ import annotations

import argparse
import datetime
import json
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from builder.core import model, paths, yaml_document
from builder.core.errors import TailboxError
from builder.core.model import Strict
from builder.engine.client import connect
from builder.engine.containers import run_in_image
from builder.pipeline.plan import make_plan
from builder.pipeline.workspace import Workspace

FOLDER = paths.PROJECT / "tests" / "corpus"
RESULTS = FOLDER / "results.json"
STAGES = ("described", "planned", "locked", "built")

Stage = Literal["refused", "described", "planned", "locked", "built"]

# Seconds that one command may take.
_PATIENCE = {"described": 300, "planned": 300, "locked": 600, "built": 3600}


class Source(Strict):
    """Where a project's needs were read."""

    repository: str
    path: str
    commit: str


class Project(Strict):
    """A project: its files as facts, how far it should come, and why. `says` stands in what is said then."""

    source: Source
    read: datetime.date
    files: dict[str, str]
    extras: tuple[str, ...] = ()
    expect: Literal["refused", "locked"]
    says: tuple[str, ...] = ()
    why: str
    imports: tuple[str, ...] = Field(default=())


@dataclass(frozen=True)
class Result:
    """How far a project came, in seconds, and the first words of what stopped it."""

    reached: Stage
    said: str
    seconds: float
    date: str

    def fits(self, project: Project) -> bool:
        """Whether this is what should become of the project."""
        if project.expect == "refused":
            return self.reached not in ("locked", "built") and all(word in self.said for word in project.says)
        return self.reached in ("locked", "built")


def names() -> list[str]:
    """Names of all projects."""
    return sorted(path.stem for path in FOLDER.glob("*.yaml"))


def load(name: str) -> Project:
    """Read a project. Raises InvalidInputError."""
    return model.parse(yaml_document.read(FOLDER / f"{name}.yaml"), Project)


def write_files(project: Project, folder: Path) -> None:
    """Lay out a project's files as its repository has them."""
    for name, text in project.files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


def commands(name: str) -> Iterator[tuple[Stage, list[str]]]:
    """Yield what a person would type, stage by stage."""
    target = f"./{name}.yaml"
    yield "described", ["new", name, "--project", "project"]
    yield "planned", ["plan", target]
    yield "locked", ["lock", target]
    yield "built", ["build", target]


def attempt(name: str, upto: Stage, workplace: Path) -> Result:
    """Go as far as a project comes, at most to `upto`."""
    project, begun = load(name), time.monotonic()
    folder = workplace / name / "project"
    write_files(project, folder)
    reached: Stage = "refused"
    said = ""
    for stage, command in commands(name):
        status, said = _run(command, folder.parent, _PATIENCE[stage])
        if status:
            break
        if stage == "built" and (said := import_all(project, folder.parent / f"{name}.yaml")):
            break
        reached = stage
        if stage == "described" and project.extras:
            _take_extras(folder.parent / f"{name}.yaml", project.extras)
        if stage == upto:
            break
    seconds = round(time.monotonic() - begun, 1)
    return Result(reached, said, seconds, datetime.datetime.now(datetime.UTC).date().isoformat())


def _take_extras(target: Path, extras: tuple[str, ...]) -> None:
    """Name the extras in the target file, in place of those that were chosen."""
    lines = [line for line in target.read_text().splitlines() if not line.startswith("extras:")]
    target.write_text("\n".join([*lines, f"extras: [{', '.join(extras)}]\n"]))


def _run(command: list[str], folder: Path, patience: int) -> tuple[int, str]:
    """Run tailbox in a folder; its status and what it said of problems."""
    program = [str(Path(sys.executable).parent / "tailbox"), *command]
    try:
        done = subprocess.run(program, cwd=folder, capture_output=True, text=True, timeout=patience)
    except subprocess.TimeoutExpired:
        return 1, f"no answer within {patience} s: tailbox {' '.join(command)}"
    return done.returncode, "".join(re.findall(r"(?ms)^error .*", done.stderr))


def import_all(project: Project, target: Path) -> str:
    """Import a project's main modules in its image; say what failed."""
    plan = make_plan(str(target), Workspace.open())
    program = ["/opt/venv/bin/python", "-c", "".join(f"import {module}\n" for module in project.imports)]
    try:
        run_in_image(
            str(plan.reference), program, connect(), "a module cannot be imported", "look at its error"
        )
    except TailboxError as error:
        return "\n".join(map(str, error.problems))
    return ""


def results() -> dict[str, Result]:
    """Return what was seen of each project."""
    rows: dict[str, Any] = json.loads(RESULTS.read_text()) if RESULTS.is_file() else {}
    return {name: Result(**row) for name, row in rows.items()}


def table() -> str:
    """Return every project with what became of it, as Markdown."""
    seen = results()
    rows = ["| project | what it brings | came to | why |", "|---|---|---|---|"]
    for name in names():
        project, result = load(name), seen.get(name)
        source = f"[{name}](https://github.com/{project.source.repository})"
        came = f"{result.reached}, {result.date}" if result else "not tried yet"
        rows.append(f"| {source} | {', '.join(project.files)} | {came} | {project.why} |")
    return "\n".join(rows)


def main(arguments: list[str]) -> int:
    """Try projects and save what was seen; 1 where one did not become what it should."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--upto", choices=STAGES, default="locked")
    chosen = parser.parse_args(arguments)
    wrong = []
    for name in chosen.names or names():
        with tempfile.TemporaryDirectory() as folder:
            result = attempt(name, chosen.upto, Path(folder))
        _save(name, result)
        fits = result.fits(load(name))
        wrong += [] if fits else [name]
        print(f"{'ok ' if fits else 'NOT'} {name}: {result.reached} in {result.seconds} s", flush=True)
    return int(bool(wrong))


def _save(name: str, result: Result) -> None:
    rows = {key: vars(row) for key, row in {**results(), name: result}.items()}
    RESULTS.write_text(json.dumps(rows, indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
