"""A wheel that is named by its address is locked by its hash, and installed from what was fetched there."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from builder.core import paths
from builder.core.errors import InvalidInputError
from builder.lock.pins import compare_pins, parse_pins, unsatisfied
from builder.lock.uv import compile_requirements, uv_program
from builder.wheels.locate import wheel_files
from tests.kit.files import FileServer
from tests.kit.packages import PackageIndex

LOCKS = paths.data("images") / "locks"
HASH = "--hash=sha256:" + "0" * 64


@pytest.fixture
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of a wheel that needs one of an index."""
    index = PackageIndex(tmp_path / "index")
    wheel = index.wheel("words", "3.8", "plain>=1")
    index.wheel("plain", "2.0")
    monkeypatch.setenv("UV_DEFAULT_INDEX", index.url)
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "cache"))
    with FileServer(wheel.parent) as server:
        yield f"{server.url}/{wheel.name}"


def _locked(requirement: str) -> str:
    return compile_requirements([requirement], "3.13", LOCKS, None, ())


def test_it_is_locked_with_what_it_needs(served: str) -> None:
    plain, words = parse_pins(_locked(f"words @ {served}"))
    assert (str(words), str(words.version), len(words.hashes)) == (f"words @ {served}", "3.8", 1)
    assert str(plain) == "plain==2.0"


def test_its_libraries_are_read_from_there(served: str) -> None:
    (file,) = [one for one in wheel_files(_locked(f"words @ {served}"), "3.13") if one.name == "words"]
    assert (file.url, file.version, len(file.sha256)) == (served, "3.8", 64)


def test_another_file_than_its_address_says_is_refused(served: str) -> None:
    with pytest.raises(InvalidInputError, match=r"the file of words has SHA-256 .*, its address says 00"):
        _locked(f"words @ {served}#sha256=00")


def test_what_was_fetched_is_installed_without_a_network(tmp_path: Path, served: str) -> None:
    lock = tmp_path / "lock.txt"
    lock.write_text(_locked(f"words @ {served}"))
    command = [uv_program(), "pip", "install", "--quiet", "--no-deps", "--require-hashes", "-r", str(lock)]
    for folder, more in (("fetched", "--no-build"), ("installed", "--offline")):
        subprocess.run([*command, more, "--target", str(tmp_path / folder)], check=True, env=os.environ)
    assert (tmp_path / "installed" / "words-3.8.dist-info").is_dir()


def test_a_lock_of_another_address_does_not_serve() -> None:
    (old,) = parse_pins(f"words @ https://a.example/words-3.8-py3-none-any.whl \\\n    {HASH}\n")
    (new,) = parse_pins(f"words @ https://b.example/words-3.8%2Bcu128-py3-none-any.whl \\\n    {HASH}\n")
    assert (str(new.version), new.name) == ("3.8+cu128", "words")
    assert unsatisfied([str(old), "words>=3"], (old,)) == []
    assert unsatisfied([str(new)], (old,)) == [str(new)]
    assert compare_pins([old], [new])
