"""A deferred package is imported when something of it is asked for, and not before."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

_DEFERRED = "import sys; from builder.core.deferred import defer; defer('parcel'); import parcel\n"


def _prints(program: str, folder: Path) -> list[str]:
    (folder / "parcel").mkdir()
    (folder / "parcel" / "__init__.py").write_text("print('imported')\nWEIGHT = 3\n")
    (folder / "parcel" / "label.py").write_text("TEXT = 'fragile'\n")
    command = [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(folder)!r})\n{program}"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()


def test_an_import_alone_imports_nothing(tmp_path: Path) -> None:
    assert _prints(_DEFERRED, tmp_path) == []


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        ("print(parcel.WEIGHT)", "3"),
        ("from parcel import WEIGHT; print(WEIGHT)", "3"),
        ("from parcel.label import TEXT; print(TEXT)", "fragile"),
    ],
)
def test_whoever_asks_for_something_gets_it(tmp_path: Path, asked: str, answer: str) -> None:
    assert _prints(_DEFERRED + asked, tmp_path) == ["imported", answer]


def test_a_package_that_is_imported_already_stays(tmp_path: Path) -> None:
    program = "import parcel; kept = parcel; " + _DEFERRED + "print(parcel is kept)"
    assert _prints(program, tmp_path) == ["imported", "True"]


def test_a_build_and_a_comparison_import_no_paramiko() -> None:
    program = "import sys; from builder.cli import main; main.defer('paramiko')\n"
    program += "import builder.cli.commands.build, builder.cli.commands.diff\n"
    program += "print([name for name in sys.modules if name.startswith('paramiko.')])"
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"
