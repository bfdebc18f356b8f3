"""Requirements of a user's own: which of them an image needs, where they stand, and what cannot be read."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from builder.core.errors import InvalidInputError
from builder.resolve.resolve import select
from builder.targets.project import uv_lock
from tests.kit.facts import FACTS
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
    monkeypatch.setattr(uv_lock, "uv_program", lambda: str(uv))
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'p'\nversion = '1'\n")
    (tmp_path / "uv.lock").write_text(UV_LOCK)
    assert own(tmp_path, "project: pyproject.toml\n").pip == (*BASE, "iniconfig==2.0.0")
    arguments = (tmp_path / "arguments").read_text().split()
    assert arguments[0] == "export"
    assert {"--frozen", "--offline", "--no-default-groups", "--no-emit-project"} <= {*arguments}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "[project]\nname = 'p'\ndependencies = 'numpy'\n",
            r":3: dependencies: a list of texts was expected",
        ),
        ("[project]\ndependencies = [1]\n", r":2: dependencies: a list of texts was expected"),
        ("[project]\ndynamic = ['dependencies']\n", r":2: its dependencies are dynamic.*\n  do: .*uv lock"),
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
    ("text", "expected"),
    [
        ("-r none.txt", r"none.txt does not exist"),
        ("-r ../other.txt", r"../other.txt lies outside of .*\n  do: copy it there"),
        ("-r https://host/x.txt", r"is fetched at each build\n  do: save it beside"),
        ("--frobnicate", r"unknown option --frobnicate\n  do: remove it"),
        (
            "--index-url https://host/simple",
            r"index https://host/simple is not among .*\n  do: .*indexes: \[https",
        ),
        ("--find-links https://host/page.html", r"is a page of links\n  do: name an index"),
        ("./lib.whl", r"lib.whl is a wheel beside the target"),
        ("./lib", r"lib is not a folder"),
        (
            "x @ git+https://host/x.git@main",
            r"x by a git branch or tag .*\n  do: .*clone it beside the target at a commit",
        ),
        ("x @ https://host/x-1.0.tar.gz", r"x by the address of an archive"),
        ("x @ https://host/x-1.0-cp39-cp39-linux_x86_64.whl", r"is for Python 3.9, not 3.13"),
    ],
)
def test_what_cannot_be_locked_has_its_remedy(tmp_path: Path, text: str, expected: str) -> None:
    (tmp_path / "requirements.txt").write_text(f"rich\n{text}\n")
    said = refused(tmp_path, "requirements: requirements.txt\n")
    assert re.search(rf"requirements.txt:2: .*{expected}", said)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("--pre", "--pre: pre-releases are taken only of packages whose version is named"),
        ("--no-binary :all:", "--no-binary :all:: wheels are taken"),
        ("-i https://mirrors.example.org/pypi/simple", "a mirror of PyPI: the host's own index is used"),
        (
            "tomli; python_version < '3.11'",
            "left out: its marker is not for Linux on x86_64 with Python 3.13",
        ),
        ("https://host/x-1.0+cu1-cp310-cp310-win_amd64.whl", "left out: the wheel is for Windows"),
        ("x @ https://host/x-1.0-cp310-cp310-macosx_11_0_arm64.whl", "left out: the wheel is for macOS"),
        ("-e .", "its dependencies are taken, the project itself is not installed"),
    ],
)
def test_what_is_left_out_is_named_with_its_line(tmp_path: Path, text: str, expected: str) -> None:
    (tmp_path / "requirements.txt").write_text(f"rich\n{text}\n")
    wanted = own(tmp_path, "requirements: requirements.txt\n")
    (note,) = wanted.notes
    assert (wanted.pip, note.where and note.where.line) == ((*BASE, "rich"), 2)
    assert expected in str(note)


def test_files_that_a_file_names_are_followed(tmp_path: Path) -> None:
    (tmp_path / "needs").mkdir()
    (tmp_path / "requirements.txt").write_text("-r needs/more.txt\n-cneeds/limits.txt\nrich\n")
    (tmp_path / "needs" / "more.txt").write_text("-r ../requirements.txt\npolars\n")
    (tmp_path / "needs" / "limits.txt").write_text("numpy<2\n")
    wanted = own(tmp_path, "requirements: requirements.txt\n")
    assert (wanted.pip, wanted.constraints) == ((*BASE, "polars", "rich"), ("numpy<2",))


def test_a_byte_order_mark_is_no_part_of_the_first_requirement(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("rich\n", encoding="utf-8-sig")
    assert own(tmp_path, "requirements: requirements.txt\n").pip == (*BASE, "rich")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_requirements_may_have_any_encoding(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "requirements.txt").write_text("rich\r\npolars\r\n# \xe9\r\n", encoding=encoding)
    assert own(tmp_path, "requirements: requirements.txt\n").pip == (*BASE, "rich", "polars")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le"])
def test_a_target_file_is_utf_8(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "beside.yaml").write_text("rich\n", encoding=encoding)
    said = refused(tmp_path, "extends: ./beside.yaml\n")
    assert re.search(r"beside.yaml:1: not UTF-8 text .*\n  do: save it as UTF-8", said)


def test_a_wheel_by_its_address_is_kept_and_named_in_the_plan(tmp_path: Path) -> None:
    url = "https://host/words-3.8.0-cp310-abi3-manylinux_2_28_x86_64.whl"
    wanted = own(tmp_path, f"packages: {{pip: ['words @ {url}']}}\n")
    assert wanted.pip[-1] == f"words @ {url}"
    (choice,) = [one for one in select(wanted, FACTS).choices if one.what == "words"]
    assert choice.value == url
    assert choice.reason.endswith("mine.yaml:2 names its address; the lock has its hash")
