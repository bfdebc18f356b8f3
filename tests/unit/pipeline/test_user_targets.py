"""A user's own target: found by path, and read with what lies beside it."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from builder.core import paths
from builder.core.errors import InvalidInputError
from builder.lock import lockfiles
from builder.pipeline import relock
from builder.pipeline.plan import make_plan
from builder.resolve.resolve import select
from builder.targets.lock_files import lock_files
from builder.targets.scaffold import write_target_file
from builder.targets.target import load_target
from tests.kit.facts import FACTS, IMAGES, WORKSPACE
from tests.unit.targets.user_target import own, planned

UV_LOCK = """\
version = 1
revision = 3
requires-python = ">=3.13"

[[package]]
name = "iniconfig"
version = "2.0.0"
source = { registry = "https://index.example/simple" }

[[package.wheels]]
url = "https://index.example/iniconfig-2.0.0-py3-none-any.whl"
hash = "sha256:HASH"
size = 1

[[package]]
name = "p"
version = "1"
source = { virtual = "." }
dependencies = [{ name = "iniconfig" }]

[package.metadata]
requires-dist = [{ name = "iniconfig" }]
""".replace("HASH", "0" * 64)


def test_an_own_target_extends_base_by_itself(tmp_path: Path) -> None:
    wanted = own(tmp_path, "packages: {apt: [ffmpeg]}\n")
    assert ("sudo" in wanted.apt, wanted.extra_apt) == (True, ("ffmpeg",))
    assert wanted.user_file == tmp_path / "mine.yaml"


def test_it_extends_another_file_or_a_target_of_the_catalogue(tmp_path: Path) -> None:
    own(tmp_path, "extends: cuda-pytorch\nenv: {A: '1'}\n", "team")
    wanted = own(tmp_path, "extends: ./team.yaml\nenv: {B: '2'}\n")
    assert wanted.framework == "torch"
    assert wanted.env == {"A": "1", "B": "2"}


def test_what_lies_beside_it_is_read(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text(
        "# mine\npolars>=1 \\\n    --hash=sha256:00 \\\n    --hash=sha256:11\n"
        "rich ; python_version > '3.8'  # why\n"
    )
    (tmp_path / "conf").mkdir()
    (tmp_path / "conf" / "run.sh").write_text("#!/bin/sh\n")
    (tmp_path / "conf" / "run.sh").chmod(0o755)
    (tmp_path / "probe.py").write_text("print('fine')\n")
    wanted = own(
        tmp_path, "requirements: requirements.txt\nfiles: {/workspace/conf: conf}\nchecks: [probe.py]\n"
    )
    assert wanted.pip[-2:] == ("polars>=1", "rich ; python_version > '3.8'")
    (file,) = wanted.files
    assert (file.path, file.executable, file.owner) == ("/workspace/conf/run.sh", True, "dev")
    assert wanted.checks[-1].script == b"print('fine')\n"


def test_a_project_without_a_lock_gives_its_dependencies(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(
        "[project]\nname = 'p'\nversion = '1'\ndependencies = ['polars>=1']\n"
    )
    assert own(tmp_path, "project: pyproject.toml\n").pip[-1] == "polars>=1"


def test_a_project_with_a_lock_gives_exactly_what_is_locked(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(
        "[project]\nname = 'p'\nversion = '1'\nrequires-python = '>=3.13'\ndependencies = ['iniconfig']\n"
    )
    (tmp_path / "uv.lock").write_text(UV_LOCK)
    assert own(tmp_path, "project: pyproject.toml\n").pip[-1] == "iniconfig==2.0.0"


def test_an_image_of_ones_own_must_have_a_python_for_the_node(tmp_path: Path) -> None:
    assert (
        planned(own(tmp_path, "from: debian:bookworm-slim\npython: '3.11'\n")).base == "debian:bookworm-slim"
    )
    with pytest.raises(InvalidInputError, match=r"Python 3\.10 is too old for what runs in a node"):
        planned(own(tmp_path, "from: ubuntu:22.04\npython: '3.10'\n"))


def test_a_plan_writes_nothing_and_the_first_lock_begins_with_what_the_target_extends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[object] = []

    def compile_requirements(
        _wanted: object,
        _python: str,
        _locks: Path,
        kept: Path | None,
        *_others: object,
        sources: object,
        excludes: object,
    ) -> str:
        assert (sources, excludes) == ({}, ())
        begun.append(kept)
        return (IMAGES / "locks" / "cuda-pytorch.txt").read_text()

    monkeypatch.setattr(relock, "compile_requirements", compile_requirements)
    monkeypatch.setattr(relock, "check_wheels", lambda *_: None)
    own(tmp_path, "extends: cuda-pytorch\n", "team")
    own(tmp_path, "extends: ./team.yaml\n")
    mine = str(tmp_path / "mine.yaml")
    planned_first = make_plan(mine, WORKSPACE)
    assert planned_first.framework == "torch==2.15.0"
    assert not list(tmp_path.glob("*.lock.txt")), "a plan is a question: it writes nothing"
    list(relock.relock_targets([mine], WORKSPACE))
    assert make_plan(mine, WORKSPACE) == planned_first
    assert begun == [IMAGES / "locks" / "cuda-pytorch.txt"] * 2, (
        "from the nearest lock, and not once it is locked"
    )


def test_its_locks_lie_beside_it_and_jupyters_only_where_it_differs(tmp_path: Path) -> None:
    plain = lock_files(own(tmp_path, ""), FACTS.versions, IMAGES)
    locks = IMAGES / "locks"
    assert plain == lockfiles.LockFiles(
        tmp_path / "mine.lock.txt", locks / "jupyter.txt", locks / lockfiles.BASE
    )
    other = own(tmp_path, "jupyter: {extensions: [jupyterlab-git]}\n")
    assert lock_files(other, FACTS.versions, IMAGES).jupyter == tmp_path / "mine.jupyter.lock.txt"
    assert "jupyterlab-git" not in select(other, FACTS).requirements


def test_own_files_are_put_where_they_belong(tmp_path: Path) -> None:
    """The script that the build runs, on folders of this test."""
    room = tmp_path / "files"
    (room / "blobs").mkdir(parents=True)
    (room / "blobs" / "0").write_bytes(b"#!/bin/sh\n")
    destination = tmp_path / "root" / "etc" / "a b$c"
    entry = {"path": str(destination), "executable": True, "owner": "root", "unpack": ""}
    (room / "list.json").write_text(json.dumps([entry]))
    (room / "place_files.py").write_bytes((paths.data("templates") / "place_files.py").read_bytes())
    subprocess.run([sys.executable, room / "place_files.py"], check=True)
    assert destination.read_bytes() == b"#!/bin/sh\n"
    assert destination.stat().st_mode & 0o777 == 0o755


def test_what_is_put_into_the_workspace_is_there_once_more_without_taking_room(tmp_path: Path) -> None:
    room, work, copy = (tmp_path / name for name in ("files", "workspace", "copy"))
    (room / "blobs").mkdir(parents=True)
    entries = []
    for number, destination in enumerate(
        (work / "start" / "one.ipynb", work / "two", tmp_path / "etc" / "x")
    ):
        (room / "blobs" / str(number)).write_text(str(number))
        entries.append({"path": str(destination), "executable": False, "owner": "root", "unpack": ""})
    (room / "list.json").write_text(json.dumps(entries))
    script = (paths.data("templates") / "place_files.py").read_text()
    script = script.replace("/opt/tailbox/workspace", str(copy)).replace('"/workspace"', repr(str(work)))
    (room / "place_files.py").write_text(script)
    subprocess.run([sys.executable, room / "place_files.py"], check=True)
    assert sorted(path.relative_to(copy).as_posix() for path in copy.rglob("*")) == [
        "start",
        "start/one.ipynb",
        "two",
    ]
    assert (copy / "two").samefile(work / "two")


def test_new_writes_a_file_that_loads_as_it_is_and_with_every_line_used(tmp_path: Path) -> None:
    path = write_target_file("fresh", "cuda-pytorch", ["torch"], tmp_path)
    assert load_target(str(path)).framework == "torch"
    for file in ("mine.conf", "requirements.txt"):
        (tmp_path / file).touch()
    with zipfile.ZipFile(tmp_path / "mine.vsix", "w") as extension:
        extension.writestr("extension/package.json", '{"publisher": "a", "name": "b", "version": "1"}')
    with tarfile.open(tmp_path / "vscode-server-linux-x64.tar.gz", "w:gz") as server:
        entry = tarfile.TarInfo("x/product.json")
        about = b'{"quality": "stable", "commit": "c"}'
        entry.size = len(about)
        server.addfile(entry, io.BytesIO(about))
    for folder in ("notebooks", "checks"):
        (tmp_path / folder).mkdir()
    (tmp_path / "checks" / "mine.py").touch()
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "setup.py").touch()
    (tmp_path / "pyproject.toml").write_text(
        "[project]\nname = 'x'\nversion = '1'\noptional-dependencies = {gpu = []}\n"
        "[dependency-groups]\ndev = []\n"
    )
    text = path.read_text().split("\n")
    used = text[:2] + [line.removeprefix("# ").removeprefix("#") for line in text[2:]]
    path.write_text("\n".join(used))
    wanted = load_target(str(path))
    assert wanted.jupyter.extensions == ("jupyterlab-git",)
    assert wanted.cuda == "12"
    with pytest.raises(InvalidInputError, match="exists already"):
        write_target_file("fresh", "base", [], tmp_path)
    with pytest.raises(InvalidInputError, match="is a target of the catalogue"):
        write_target_file("cuda-pytorch", "base", [], tmp_path)
