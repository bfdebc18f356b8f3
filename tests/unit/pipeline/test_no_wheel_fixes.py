"""What has no wheel is told with what was seen to help: another Python, the source, or neither."""

from __future__ import annotations

from pathlib import Path

import pytest

from builder.core.errors import InvalidInputError, Problem
from builder.lock.lockfiles import Lock
from builder.pipeline.relock import compile_lock
from builder.pipeline.workspace import Workspace
from tests.kit.packages import PackageIndex, metadata

WORKSPACE = Workspace.open()


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PackageIndex:
    """An index with what every image needs, a wheel for Python 3.11 and 3.12, and two sources."""
    index = PackageIndex(tmp_path / "index")
    versions = WORKSPACE.facts.versions
    for version in {versions.ipykernel, *versions.older_ipykernels.values()}:
        index.wheel("ipykernel", version)
    index.wheel("pip", "30.0")
    for python in ("311", "312"):
        index.wheel("older", "1.0", tag=f"cp{python}-cp{python}-manylinux_2_28_x86_64")
    index.wheel("nowhere", "1.0", tag="cp39-cp39-win_amd64")
    for name in ("kernels", "parser"):
        index.sdist(name, "1.0", {"PKG-INFO": metadata(name, "1.0")})
    index.wheel("indirect", "1.0", "parser")
    monkeypatch.setenv("UV_DEFAULT_INDEX", index.url)
    return index


def problems(folder: Path, *requirements: str, more: str = "") -> tuple[Problem, ...]:
    (folder / "requirements.txt").write_text("".join(f"{one}\n" for one in requirements))
    file = folder / "mine.yaml"
    file.write_text(f"requirements: requirements.txt\n{more}")
    with pytest.raises(InvalidInputError) as caught:
        compile_lock(WORKSPACE.select(str(file)), WORKSPACE, Lock((), ()))
    return caught.value.problems


def remedies(folder: Path, *requirements: str, more: str = "") -> list[str]:
    return [one.remedy for one in problems(folder, *requirements, more=more)]


@pytest.mark.usefixtures("index")
def test_the_newest_python_for_which_all_have_wheels_is_named(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path, "older==1.0 ; python_version > '3'")
    python = WORKSPACE.facts.pythons.full_version("3.13")
    assert str(problem) == (
        f"{tmp_path}/requirements.txt:1: older==1.0 has no wheel for Python {python} on Linux x86_64"
        '\n  do: write python: "3.12" (tried)'
    )


def test_a_python_that_the_project_excludes_is_not_tried(tmp_path: Path, index: PackageIndex) -> None:
    index.wheel("old", "1.0", tag="cp312-cp312-manylinux_2_28_x86_64")
    (tmp_path / "pyproject.toml").write_text(
        "[project]\nname = 'p'\nversion = '1'\nrequires-python = '>=3.13'\n"
    )
    found = remedies(tmp_path, "old", more="project: pyproject.toml\n")
    assert found == [
        "name another release, or remove it: no file of it fits a Python that the target can have"
    ]


@pytest.mark.usefixtures("index")
def test_what_has_a_source_alone_is_to_be_built_each_named_at_once(tmp_path: Path) -> None:
    (kernels, parser) = problems(tmp_path, "kernels", "indirect")
    assert kernels.remedy == "write packages.from_source: [kernels, parser] (tried)"
    assert parser.remedy == kernels.remedy
    assert "and what the target asks for needs it" in parser.what


@pytest.mark.usefixtures("index")
def test_another_python_and_a_source_go_together(tmp_path: Path) -> None:
    assert remedies(tmp_path, "kernels", "older") == [
        'write python: "3.12" and packages.from_source: [kernels] (tried)',
        'write python: "3.12" (tried)',
    ]


@pytest.mark.usefixtures("index")
def test_what_no_file_serves_is_said_so_beside_what_can_be_built(tmp_path: Path) -> None:
    assert remedies(tmp_path, "kernels", "nowhere") == [
        "write packages.from_source: [kernels]",
        "name another release, or remove it: no file of it fits a Python that the target can have",
    ]
