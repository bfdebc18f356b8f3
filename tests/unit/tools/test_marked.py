"""The part of a document that a command writes, and what the session table counts."""

import base64
from pathlib import Path

import pytest

from tools.marked import Marked
from tools.sessions import VALUES, intact, table


@pytest.fixture
def part(tmp_path: Path) -> Marked:
    """A document with one part."""
    document = tmp_path / "doc.md"
    document.write_text("before\n<!-- x: begin -->\nold\n<!-- x: end -->\nafter\n")
    return Marked(str(document), "x")


def test_a_check_says_whether_the_part_differs(part: Marked, capsys: pytest.CaptureFixture[str]) -> None:
    assert part.settle("new \\1", write=False)
    assert "is not what was measured" in capsys.readouterr().err
    assert not part.settle("new \\1", write=True)
    assert not part.settle("new \\1", write=False)
    expected = "before\n<!-- x: begin -->\nnew \\1\n<!-- x: end -->\nafter\n"
    assert part.path.read_text() == expected


def test_a_document_without_the_markers_is_an_error(part: Marked) -> None:
    with pytest.raises(ValueError, match="has no markers"):
        Marked(part.document, "y").settle("text", write=True)


def said(values: dict[str, str]) -> bytes:
    entries = "\0".join(f"{name}={value}" for name, value in values.items())
    return b"$ printf BE GIN\r\nBEGIN " + base64.b64encode(entries.encode()) + b" END\r\n$ "


def test_a_lost_or_changed_value_is_counted_as_such() -> None:
    assert intact(said(VALUES)) == len(VALUES) == 17
    assert intact(said(VALUES | {"PROOF_NEWLINE": "first second"})) == 16
    assert intact(said({name: value for name, value in VALUES.items() if value})) == 16
    assert intact(b"no answer") == 0


def test_a_route_that_does_not_exist_is_no_zero() -> None:
    row = next(line for line in table({}).splitlines() if "kernel" in line)
    assert row.split("|")[2:-1] == [" - "] * 6
