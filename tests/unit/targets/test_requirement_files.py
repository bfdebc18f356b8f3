"""Requirements of a user's own: which of them an image needs, where they stand, and what cannot be read."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from builder.core.errors import InvalidInputError
from builder.targets import requirement_files
from tests.unit.pipeline.test_user_targets import UV_LOCK
from tests.unit.targets.user_target import own, planned, refused

BASE = ("ipykernel", "pip")  # what every target asks for
OTHERS = [
    "colorama==0.4.6 ; sys_platform == 'win32'",
    "tomli ; python_version < '3.11'",
    "importlib-metadata ; python_full_version < '3.10.2'",
    "pyobjc ; platform_system == 'Darwin' or os_name == 'nt'",
    "pywin32 ; platform_system == 'Windows'",
    "greenlet ; platform_machine == 'aarch64'",
    "cffi ; platform_python_implementation == 'PyPy'",
    "x ; extra == 'more'",
]


@pytest.mark.parametrize("text", OTHERS)
def test_what_is_meant_for_another_system_is_not_asked_for(tmp_path: Path, text: str) -> None:
    (tmp_path / "requirements.txt").write_text(text)
    wanted = own(tmp_path, f'requirements: requirements.txt\npackages: {{pip: ["{text}"]}}\n')
    assert (wanted.pip, planned(wanted).target) == (BASE, "mine")


def test_it_is_not_asked_for_in_jupyter_either(tmp_path: Path) -> None:
    wanted = own(tmp_path, f'jupyter: {{extensions: ["{OTHERS[0]}", rich]}}\n')
    assert wanted.jupyter.extensions == ("rich",)


def test_the_python_of_the_target_counts(tmp_path: Path) -> None:
    text = "packages: {pip: [\"tomli ; python_version < '3.12'\"]}\n"
    assert own(tmp_path, text).pip == BASE
    older = own(tmp_path, f"from: debian:12\npython: '3.11'\n{text}")
    assert older.pip == (*BASE, "tomli ; python_version < '3.12'")


def test_a_marker_that_cannot_be_compared_is_left_to_uv(tmp_path: Path) -> None:
    wanted = own(tmp_path, "packages: {pip: [\"rich ; sys_platform ~= 'x'\"]}\n")
    assert wanted.pip == (*BASE, "rich ; sys_platform ~= 'x'")


def test_a_locked_project_with_packages_for_windows_can_be_planned(tmp_path: Path) -> None:
    windows = '{ name = "iniconfig", marker = "sys_platform == \'win32\'" }'
    (tmp_path / "pyproject.toml").write_text(
        "[project]\nname = 'p'\nversion = '1'\nrequires-python = '>=3.13'\n"
        "dependencies = [\"iniconfig ; sys_platform == 'win32'\"]\n"
    )
    (tmp_path / "uv.lock").write_text(UV_LOCK.replace('{ name = "iniconfig" }', windows))
    assert planned(own(tmp_path, "project: pyproject.toml\n")).target == "mine"


def test_each_requirement_has_the_line_that_says_it(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("# mine\nrich\n")
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'attrs'\ndependencies = [\n  'attrs',\n]\n")
    text = "packages:\n  pip:\n    - polars\nrequirements: requirements.txt\nproject: pyproject.toml\n"
    places = own(tmp_path, text).places
    assert {name: str(places[f"pip:{name}"]).rpartition("/")[2] for name in ("polars", "rich", "attrs")} == {
        "polars": "mine.yaml:4",
        "rich": "requirements.txt:2",
        "attrs": "pyproject.toml:4",
    }


def test_two_cudas_are_told_with_the_line_of_a_requirements_file(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("nvidia-nccl-cu12\nnvidia-nccl-cu13\n")
    with pytest.raises(InvalidInputError, match=r"requirements\.txt:2: two CUDAs"):
        planned(own(tmp_path, "requirements: requirements.txt\n"))


def test_a_locked_requirement_has_its_line_in_the_lock(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(
        "[project]\nname = 'p'\nversion = '1'\nrequires-python = '>=3.13'\ndependencies = ['iniconfig']\n"
    )
    (tmp_path / "uv.lock").write_text(UV_LOCK)
    place = own(tmp_path, "project: pyproject.toml\n").places["pip:iniconfig==2.0.0"]
    assert (place.path.name, place.line) == ("uv.lock", 6)


def test_a_projects_lock_is_read_as_it_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """uv neither resolves again nor asks an index."""
    uv = tmp_path / "uv"
    uv.write_text(f'#!/bin/sh\necho "$@" >{tmp_path}/arguments\necho iniconfig==2.0.0\n')
    uv.chmod(0o755)
    monkeypatch.setattr(requirement_files, "uv_program", lambda: str(uv))
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'p'\nversion = '1'\n")
    (tmp_path / "uv.lock").write_text(UV_LOCK)
    assert own(tmp_path, "project: pyproject.toml\n").pip == (*BASE, "iniconfig==2.0.0")
    arguments = (tmp_path / "arguments").read_text().split()
    assert arguments[0] == "export"
    assert {"--frozen", "--offline", "--no-dev", "--no-emit-project"} <= {*arguments}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "[project]\nname = 'p'\ndependencies = 'numpy'\n",
            r":3: dependencies: a list of texts was expected",
        ),
        ("[project]\ndependencies = [1]\n", r":2: dependencies: a list of texts was expected"),
        ("[project]\ndynamic = ['dependencies']\n", r":2: its dependencies are dynamic.*\n  do: .*uv lock"),
        ("[project]\nname = 'p'\n\n[tool.poetry.dependencies]\nx = '1'\n", ":4: .* only Poetry reads them"),
        ("[tool.poetry.dependencies]\nx = '1'\n", ":1: .* only Poetry reads them"),
        ("[tool.ruff]\n", r":1: it has no table \[project\]"),
        ("\nproject = 'x'\n", r":2: it has no table \[project\]"),
        ("project = ['x']\ntool = 1\n", r":1: it has no table \[project\]"),
        ("[project]\n\nx\n", r":3: not TOML"),
        ("[project]\ndependencies = [\n  'rich',\n  'x y',\n]\n", ":4: not a Python requirement.*'x y'"),
    ],
)
def test_a_project_that_cannot_be_read_is_no_empty_one(tmp_path: Path, text: str, expected: str) -> None:
    (tmp_path / "pyproject.toml").write_text(text)
    assert re.search(f"pyproject.toml{expected}", refused(tmp_path, "project: pyproject.toml\n"))


def test_a_project_may_need_nothing(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'p'\ndynamic = ['version']\n")
    assert own(tmp_path, "project: pyproject.toml\n").pip == BASE


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("-r other.txt", "put its lines here"),
        ("-rother.txt", "put its lines here"),
        ("--constraint=c.txt", "write its versions behind"),
        ("-e .", "copy its folder with `files:`"),
        ("--index-url https://host/simple", "UV_DEFAULT_INDEX"),
        ("--extra-index-url=https://host/simple", "UV_DEFAULT_INDEX"),
        ("--no-binary :all:", "remove it"),
    ],
)
def test_each_option_has_its_remedy(tmp_path: Path, text: str, remedy: str) -> None:
    (tmp_path / "requirements.txt").write_text(f"rich\n{text}\n")
    said = refused(tmp_path, "requirements: requirements.txt\n")
    assert re.search(rf"requirements.txt:2: the option {text[:2]}.* has no place.*\n  do: .*{remedy}", said)


def test_a_byte_order_mark_is_no_part_of_the_first_requirement(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("rich\n", encoding="utf-8-sig")
    assert own(tmp_path, "requirements: requirements.txt\n").pip == (*BASE, "rich")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le"])
@pytest.mark.parametrize("key", ["requirements", "project", "extends"])
def test_other_encodings_are_said(tmp_path: Path, encoding: str, key: str) -> None:
    (tmp_path / "beside.yaml").write_text("rich\n", encoding=encoding)
    said = refused(tmp_path, f"{key}: ./beside.yaml\n")
    assert re.search(r"beside.yaml:1: not UTF-8 text .*\n  do: save it as UTF-8", said)
