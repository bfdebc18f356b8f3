"""Each format that a project may have: what is required, what is left out, and what cannot be used."""

from __future__ import annotations

from pathlib import Path

import pytest

from builder.core.errors import Where
from builder.targets.project import files, poetry_words
from builder.targets.project.indexes import index
from builder.targets.project.reading import Reading, Wishes


def read(
    path: Path, text: str, python: str = "3.13", extras: tuple[str, ...] = (), **groups: Where
) -> Reading:
    """Read one file as `project`, or as `requirements` if it is no file of a project."""
    path.write_text(text)
    place = Where(path, 1)
    reading = Reading(
        Wishes(python, dict.fromkeys(extras, place), groups, ("https://private.example/simple",))
    )
    if path.name in files.READERS:
        files.project(path, place, reading)
    else:
        files.requirements(path, place, path.parent, reading)
    return reading


def lines(reading: Reading) -> dict[str, int]:
    return {text: where.line for text, where in reading.pip.items()}


PYPROJECT = """\
[project]
name = "quick-tuning"
requires-python = ">=3.10,<3.14"
dependencies = ["rich"]
[project.optional-dependencies]
hf = ["peft>=0.7"]
base = [
  "quick_tuning[hf]",
  "tqdm",
]
cpu = ["rich<2"]
gpu = ["rich<2"]
[dependency-groups]
dev = ["pytest", {include-group = "lint"}]
lint = ["ruff"]
[tool.uv]
conflicts = [[{ extra = "cpu" }, { extra = "gpu" }]]
constraint-dependencies = ["numpy<3"]
override-dependencies = ["idna==3"]
"""


def test_extras_and_groups_are_taken_by_name_and_those_that_are_not_are_named(tmp_path: Path) -> None:
    reading = read(tmp_path / "pyproject.toml", PYPROJECT, extras=("base",), dev=Where(tmp_path, 1))
    assert lines(reading) == {"rich": 4, "peft>=0.7": 6, "tqdm": 9, "pytest": 14, "ruff": 15}
    assert reading.constraints == {"numpy<3": Where(tmp_path / "pyproject.toml", 18)}
    assert [note.what for note in reading.notes] == ["extras hf, cpu, gpu", "groups lint", "idna==3"]


def test_extras_that_exclude_each_other_are_refused(tmp_path: Path) -> None:
    reading = read(tmp_path / "pyproject.toml", PYPROJECT, extras=("cpu", "gpu"))
    assert [str(one.what) for one in reading.problems] == ["cpu and gpu exclude each other"]


@pytest.mark.parametrize(("python", "remedy"), [("3.14", '"3.13"'), ("3.13", "")])
def test_the_python_of_the_project_is_held(tmp_path: Path, python: str, remedy: str) -> None:
    reading = read(tmp_path / "pyproject.toml", PYPROJECT, python)
    assert [one.remedy for one in reading.problems] == ([f"write python: {remedy}"] if remedy else [])


SOURCES = """\
[project]
name = "speech"
dependencies = ["torch", "inner", "helper", "own"]
[tool.uv.sources]
torch = [{ index = "pytorch", marker = "sys_platform == 'linux'" }]
inner = { index = "inner" }
helper = { path = "helper" }
own = { git = "https://git.example/own", rev = "v1" }
[[tool.uv.index]]
name = "pytorch"
url = "https://download.pytorch.org/whl/cu128"
explicit = true
[[tool.uv.index]]
name = "inner"
url = "https://user:secret@private.example/simple"
explicit = true
"""


def test_the_sources_of_uv_are_followed(tmp_path: Path) -> None:
    (tmp_path / "helper").mkdir()
    (tmp_path / "helper" / "setup.cfg").write_text("[options]\ninstall_requires =\n    attrs\n")
    reading = read(tmp_path / "pyproject.toml", SOURCES)
    assert [*reading.pip] == ["torch", "inner", "attrs"]
    assert [(one.url, one.variant) for one in reading.indexes] == [
        ("https://download.pytorch.org/whl/cu128", "12.8"),
        ("https://private.example/simple", ""),
    ]
    assert [one.what for one in reading.problems] == ["own by a git branch or tag cannot be locked by hash"]
    assert "secret" not in str(reading.notes)
    assert {note.what for note in reading.notes} == {"helper", "https://private.example/simple"}


def test_a_private_index_has_to_be_named_in_the_target(tmp_path: Path) -> None:
    text = SOURCES.replace("private.example", "other.example").replace('"own"', '"attrs"')
    (tmp_path / "helper").mkdir()
    (tmp_path / "helper" / "setup.py").write_text("setup(install_requires=[])\n")
    reading = read(tmp_path / "pyproject.toml", text)
    (problem,) = reading.problems
    assert problem.remedy.startswith("write indexes: [https://other.example/simple]")


@pytest.mark.parametrize(
    ("address", "pypi", "pytorch", "variant"),
    [
        ("https://pypi.org/simple", True, False, ""),
        ("https://mirrors.example.com/pypi/simple/", True, False, ""),
        ("https://download.pytorch.org/whl/nightly/cu126", False, True, "12.6"),
        ("https://download.pytorch.org/whl/cpu", False, True, "cpu"),
        ("https://mirror.example/pytorch-wheels/cu121/", False, True, "12.1"),
        ("https://pypi.example.com/simple", False, False, ""),
    ],
)
def test_an_index_is_known_by_its_address(address: str, pypi: bool, pytorch: bool, variant: str) -> None:
    found = index(address)
    assert (found.pypi, found.pytorch, found.variant) == (pypi, pytorch, variant)


def test_dynamic_dependencies_are_read_from_the_files_that_setuptools_names(tmp_path: Path) -> None:
    (tmp_path / "needs.txt").write_text("rich\n")
    text = (
        "[project]\nname = 'p'\ndynamic = ['dependencies']\n"
        "[tool.setuptools.dynamic]\ndependencies = {file = ['needs.txt']}\n"
    )
    assert lines(read(tmp_path / "pyproject.toml", text)) == {"rich": 1}


POETRY = """\
[tool.poetry]
name = "p"
description = "What it is"
[tool.poetry.dependencies]
python = "^3.10"
rich = "^13.1"
attrs = {version = "~22.1", extras = ["tests"], python = "<3.12"}
tqdm = [{version = "*", platform = "win32"}, {version = "4.66", platform = "linux"}]
fast = {version = ">=1", optional = true}
[tool.poetry.group.dev.dependencies]
pytest = "*"
[tool.poetry.extras]
speed = ["fast"]
"""


def test_poetry_is_translated(tmp_path: Path) -> None:
    reading = read(tmp_path / "pyproject.toml", POETRY, "3.11", ("speed",))
    assert lines(reading) == {
        "rich>=13.1,<14": 6,
        "attrs[tests]>=22.1,<22.2 ; python_full_version < '3.12'": 7,
        "tqdm==4.66 ; sys_platform == 'linux'": 8,
        "fast>=1": 9,
    }
    assert (reading.about, *reading.pythons) == ("What it is", ">=3.10,<4")


@pytest.mark.parametrize(
    ("poetry", "pep440"),
    [
        ("^1.2.3", ">=1.2.3,<2"),
        ("^0.2.3", ">=0.2.3,<0.3"),
        ("~1.2", ">=1.2,<1.3"),
        ("~=1.2", "~=1.2"),
        ("1.2.*", "==1.2.*"),
        (">=1, <2", ">=1,<2"),
        ("^3.8 || ^3.10", ">=3.10,<4"),
        ("*", ""),
    ],
)
def test_versions_of_poetry_are_those_of_pep_440(poetry: str, pep440: str) -> None:
    assert poetry_words.specifier(poetry) == pep440


def test_a_poetry_lock_holds_what_is_taken_and_what_that_needs(tmp_path: Path) -> None:
    (tmp_path / "poetry.lock").write_text(
        '[[package]]\nname = "rich"\nversion = "13.9"\n[package.dependencies]\npygments = ">=2"\n'
        'colorama = {version = "*", markers = "sys_platform == \'win32\'"}\n'
        '[[package]]\nname = "pygments"\nversion = "2.18"\n[[package]]\nname = "pytest"\nversion = "8"\n'
    )
    text = "[tool.poetry.dependencies]\npython = '*'\nrich = '^13'\n"
    assert lines(read(tmp_path / "pyproject.toml", text)) == {"rich==13.9": 2, "pygments==2.18": 8}


def test_setup_cfg(tmp_path: Path) -> None:
    text = (
        "[options]\npython_requires = >=3.10\ninstall_requires =\n    rich>=1\n"
        "    tqdm; sys_platform=='win32'\n"
        "[options.extras_require]\nmore =\n    attrs\nless =\n    idna\n"
    )
    reading = read(tmp_path / "setup.cfg", text, extras=("more",))
    assert lines(reading) == {"rich>=1": 4, "attrs": 8}
    assert [note.what for note in reading.notes] == ["tqdm; sys_platform=='win32'", "extras less"]


def test_setup_py_is_read_and_never_run(tmp_path: Path) -> None:
    text = (
        "from setuptools import setup\nraise SystemExit\nNEEDS = [\n    'rich',\n]\n"
        "setup(install_requires=NEEDS, extras_require={'more': ['attrs']}, python_requires='>=3.8')\n"
    )
    assert lines(read(tmp_path / "setup.py", text)) == {"rich": 4}
    computed = read(tmp_path / "setup.py", "setup(install_requires=open('x').read().split())\n")
    assert [one.what for one in computed.problems] == ["what setup.py needs is computed when it runs"]


CONDA = """\
name: vision
channels: [pytorch]
dependencies:
  - python=3.12
  - pytorch=2.4.0=py3.12_cuda12.1_cudnn9.1.0_0
  - pytorch-cuda=12.1
  - numpy>=1.26
  - ffmpeg
  - libstdcxx-ng
  - libfoo
  - pip:
      - einops==0.8
      - -r more.txt
"""


def test_a_conda_environment_gets_one_answer(tmp_path: Path) -> None:
    (tmp_path / "more.txt").write_text("tqdm\n")
    reading = read(tmp_path / "environment.yml", CONDA, "3.12")
    assert [*reading.pip] == ["torch==2.4.0", "numpy>=1.26", "einops==0.8", "tqdm"]
    (note,) = reading.notes
    assert note.why == (
        "taken over: torch==2.4.0, numpy>=1.26, einops==0.8, -r more.txt; CUDA 12.1: the framework's wheels "
        "bring their own; write packages: {apt: [ffmpeg]}; without a counterpart: libfoo"
    )
    (problem,) = read(tmp_path / "environment.yml", CONDA, "3.13").problems
    assert "line 4: the project needs Python ==3.12.*, the target's is 3.13" in problem.what
    assert problem.remedy == 'write python: "3.12"'
