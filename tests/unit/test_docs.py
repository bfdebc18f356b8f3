"""The documents name only what exists."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from builder.core import paths
from builder.prove.checks import REGISTRY

DOCS = [paths.PROJECT / "README.md", *sorted((paths.PROJECT / "docs").glob("*.md"))]


def test_checks_that_the_security_page_names_exist() -> None:
    page = (paths.PROJECT / "docs" / "security.md").read_text()
    named = set(re.findall(r"`([a-z]+\.[a-z_]+)`", page))
    assert named
    assert named <= {check.name for check in REGISTRY}


def test_tests_that_the_security_page_names_exist() -> None:
    page = (paths.PROJECT / "docs" / "security.md").read_text()
    named = set(re.findall(r"`(tests/[a-z_/]+\.py)`", page))
    assert named
    assert [name for name in named if not (paths.PROJECT / name).is_file()] == []


def test_the_architecture_names_each_package_in_the_order_that_import_linter_holds() -> None:
    page = (paths.PROJECT / "docs" / "architecture.md").read_text()
    table = page.partition("<!-- packages: begin -->")[2].partition("<!-- packages: end -->")[0]
    named = re.findall(r"(?m)^\| `builder/([a-z]+)/`", table)
    assert sorted(named) == sorted(folder.parent.name for folder in _packages())
    settings = tomllib.loads((paths.PROJECT / "pyproject.toml").read_text())["tool"]["importlinter"]
    layers = settings["contracts"][0]["layers"]
    floors = {
        name: floor for floor, row in enumerate(layers) for name in re.findall(r"builder\.([a-z]+)", row)
    }
    assert [floors[name] for name in named] == sorted(floors[name] for name in named)


def _packages() -> list[Path]:
    return sorted((paths.PROJECT / "builder").glob("*/__init__.py"))


def test_the_architecture_names_only_files_that_exist() -> None:
    page = (paths.PROJECT / "docs" / "architecture.md").read_text()
    named = re.findall(r"`((?:builder|images|templates|tools|bench|tests)/[\w./-]*)`", page)
    assert named
    assert [name for name in named if not (paths.PROJECT / name).exists()] == []


@pytest.mark.parametrize("path", DOCS, ids=lambda path: path.name)
def test_links_lead_to_files(path: object) -> None:
    page = paths.PROJECT / str(path)
    links = re.findall(r"\]\((?!https?:)([^)#]+)\)", page.read_text())
    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("path", DOCS, ids=lambda path: path.name)
def test_make_targets_that_documents_name_exist(path: object) -> None:
    makefile = (paths.PROJECT / "Makefile").read_text()
    known = set(re.findall(r"(?m)^([a-z-]+):", makefile))
    named = set(re.findall(r"(?:^|`)make ([a-z][a-z-]+)", (paths.PROJECT / str(path)).read_text(), re.M))
    assert named <= known
