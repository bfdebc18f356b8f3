"""The fast parser and the one that knows lines give the same values, and each place is the right one."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from builder.core import paths, yaml_document
from builder.core.errors import InvalidInputError, Where
from builder.core.yaml_document import Document
from tests.unit.targets import fuzz

SCALARS = """
on yes NO y 3.10 010 0o17 017 0x1F 0b11 1_000 12e03 1e3 .inf -.inf ~ null Null true TRUE tRue = 1:30 190:20:30
<< 2001-01-01 2026-13-45 2001-12-14t21:59:43.10-05:00 +1 +.5 1. 0. -0 1e309 08 09.5 1__0 !!str !foo !!bool
&a *a @x `x %x é a\u2028b \x07 {a,b} [a,] {a:1,a:2} '' "\\u00e9" | > !!python/object:os.system
"""
FORMS = [
    "a: %s\n",
    "a: [%s]\n",
    "%s: 1\n",
    "%%YAML 1.1\n---\na: %s\n",
    "a: {b: %s}\nc: d\n",
    "a: %s # c\n",
]
DOCUMENTS = [
    "a: &x {b: 1, c: 2}\nd: {<<: *x, b: 3}\n",
    "a: 1\n---\nb: 2\n",
    "? a\n: b\n",
    "a:\n\tb: 1\n",
    "a: x\t\n",
    "1: 2\n1.5: x\ntrue: y\nnull: z\n",
    "a: 1\r\nb: 2\r\n",
    "a: b: c\n",
    "a: 1\na: 2\n",
]


def plain(node: Any) -> Any:
    """Dicts, lists and scalars with their types: 1, 1.0 and True are equal in Python."""
    if isinstance(node, dict):
        return [(plain(key), plain(value)) for key, value in node.items()]
    if isinstance(node, list):
        return [plain(value) for value in node]
    for kind in (bool, int, float, str):
        if isinstance(node, kind):
            return kind, repr(kind(node))
    return object, str(node)


def parsed(text: str) -> Any:
    try:
        return plain(Document(Path("mine.yaml"), text).data)
    except InvalidInputError as error:
        return str(error)


@pytest.fixture
def parsed_slowly(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Any]:
    def parse(text: str) -> Any:
        with monkeypatch.context() as patch:
            patch.setattr(yaml_document, "_SHALLOW", 0)
            return parsed(text)

    return parse


def test_every_file_of_the_project_has_the_same_values(parsed_slowly: Callable[[str], Any]) -> None:
    files = sorted(paths.data("images").rglob("*.yaml"))
    assert len(files) >= 15
    for text in (file.read_text() for file in files):
        assert parsed(text) == parsed_slowly(text)


@pytest.mark.filterwarnings("ignore::ruamel.yaml.constructor.MantissaNoDotYAML1_1Warning")
def test_strange_scalars_and_documents_have_the_same_values(parsed_slowly: Callable[[str], Any]) -> None:
    texts = [form % scalar for form in FORMS for scalar in SCALARS.split()] + DOCUMENTS
    for text in texts:
        assert parsed(text) == parsed_slowly(text), text


def test_strange_target_files_have_the_same_values(
    tmp_path: Path, parsed_slowly: Callable[[str], Any]
) -> None:
    for seed in range(60):
        content = fuzz.written(random.Random(seed), tmp_path).read_bytes().decode(errors="replace")
        assert parsed(content) == parsed_slowly(content), seed


def test_what_is_plain_is_parsed_fast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yaml_document.Document, "_with_lines", None)
    for file in (paths.data("images") / name for name in ("compat.yaml", "base.yaml", "slim/rules.yaml")):
        assert yaml_document.read(file).data


@pytest.mark.parametrize("text", ["a: " + "[" * 500 + "]" * 500, "a:\n  " + "- " * 1000 + "x\n"])
def test_a_file_that_nests_without_end_is_refused(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yaml_document, "_SHALLOW", 400)
    with pytest.raises(InvalidInputError, match=r"mine\.yaml:1: its values are nested too deeply"):
        Document(Path("mine.yaml"), text)


def test_a_place_is_that_of_the_key_or_of_its_nearest_parent() -> None:
    doc = Document(Path("mine.yaml"), "a:\n  b: 1\n  c:\n    - x\n    - 3.10\n")
    places = [doc.where(location) for location in (("a", "b"), ("a", "c", 1), ("a", "none"), ())]
    assert [place.line for place in places] == [2, 5, 1, 1]
    assert doc.written(("a", "c", 1)) == "3.10"
    assert places[0] == Where(Path("mine.yaml"), 2)
    assert len({*places, Where(Path("mine.yaml"), 5)}) == 3
