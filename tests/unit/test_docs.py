"""The documents name only what exists."""

from __future__ import annotations

import re

import pytest

from builder.core import paths
from builder.prove.checks import REGISTRY

pytestmark = pytest.mark.unit

DOCS = [paths.PROJECT / "README.md", *sorted((paths.PROJECT / "docs").glob("*.md"))]


def test_checks_that_the_security_page_names_exist() -> None:
    page = (paths.PROJECT / "docs" / "security.md").read_text()
    named = set(re.findall(r"`([a-z]+\.[a-z_]+)`", page))
    assert named
    assert named <= {check.name for check in REGISTRY}


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
