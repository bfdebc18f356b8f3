"""A wheel whose RECORD is not so is listed as it is; others are left alone."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from builder.core import paths
from tests.unit.wheels.test_slim import install, lies

PROGRAM = paths.data("templates") / "wheels" / "record.py"


def mend(site: Path, *names: str) -> str:
    lock = site.parent / "lock.txt"
    lock.write_text("".join(f"{name}==1.0 --hash=sha256:0\n" for name in names))
    command = [sys.executable, "-I", str(PROGRAM), str(lock), str(site)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """Two wheels with a library each that was relinked after RECORD was written."""
    for name in ("My_Thing", "other"):
        install(tmp_path / "site", name, {f"{name}/lib.so": b"12345", f"{name}/data": b"1"})
        (tmp_path / "site" / name / "lib.so").write_bytes(b"1234567")
    return tmp_path / "site"


def test_what_a_lock_names_is_listed_as_it_is(site: Path) -> None:
    said = mend(site, "my-thing")
    assert said == "record: My_Thing-1.0.dist-info lists My_Thing/lib.so as they were before\n"
    assert lies(site) == ["other/lib.so differs"]


def test_a_true_record_keeps_its_bytes(site: Path) -> None:
    mend(site, "my-thing", "other")
    before = {path: path.read_bytes() for path in site.rglob("RECORD")}
    assert mend(site, "my-thing", "other") == ""
    assert {path: path.read_bytes() for path in site.rglob("RECORD")} == before
