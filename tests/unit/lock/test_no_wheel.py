"""What has no wheel is told by name when it is locked, and none of its code runs on this host."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from builder.core import paths
from builder.core.errors import InvalidInputError, TailboxError
from builder.lock.lockfiles import Lock
from builder.lock.no_wheel import NoWheelError
from builder.lock.pins import parse_pins
from builder.lock.uv import compile_requirements
from builder.pipeline.relock import compile_lock
from builder.pipeline.workspace import Workspace
from tests.kit.packages import PackageIndex, metadata

LOCKS = paths.data("images") / "locks"


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PackageIndex:
    """An index with two sdists, whose setup.py leaves a trace, and two wheels."""
    index = PackageIndex(tmp_path / "index")
    setup = f"open({str(tmp_path / 'ran')!r}, 'w')\nraise SystemExit('its code ran')\n"
    for name in ("kernels", "parser"):
        index.sdist(name, "1.0", {"setup.py": setup, "PKG-INFO": metadata(name, "1.0")})
    index.wheel("plain", "2.0")
    index.wheel("indirect", "1.0", "parser")
    monkeypatch.setenv("UV_DEFAULT_INDEX", index.url)
    return index


def _compiled(*requirements: str) -> str:
    return compile_requirements(requirements, "3.13", LOCKS, None, ())


@pytest.mark.usefixtures("index")
def test_each_package_without_a_wheel_is_named_and_none_of_its_code_runs(
    tmp_path: Path,
) -> None:
    with pytest.raises(NoWheelError) as caught:
        _compiled("kernels==1.0", "indirect", "plain")
    assert caught.value.by_name == {"kernels": "kernels==1.0", "parser": ""}
    said = str(caught.value)
    assert "kernels==1.0 has no wheel for Python 3.13 on Linux x86_64\n" in said
    assert "parser has no wheel for Python 3.13 on Linux x86_64, and what the target asks for" in said
    assert not (tmp_path / "ran").exists()


@pytest.mark.usefixtures("index")
def test_what_has_wheels_is_locked() -> None:
    assert [str(pin) for pin in parse_pins(_compiled("plain"))] == ["plain==2.0"]


def test_a_wheel_for_another_python_is_none(index: PackageIndex) -> None:
    index.wheel("kernels", "1.0", tag="cp39-cp39-manylinux_2_28_x86_64")
    with pytest.raises(NoWheelError, match=r"kernels has no wheel for Python 3\.13"):
        _compiled("kernels")


@pytest.mark.usefixtures("index")
def test_a_conflict_is_told_rather_than_what_has_no_wheel() -> None:
    with pytest.raises(TailboxError, match="no set of wheels fits") as caught:
        _compiled("kernels", "plain>=3")
    assert not isinstance(caught.value, NoWheelError)


@pytest.mark.usefixtures("index")
def test_what_is_excluded_is_not_locked_though_a_package_asks_for_it() -> None:
    text = compile_requirements(("indirect",), "3.13", LOCKS, None, (), excludes=("parser",))
    assert [str(pin) for pin in parse_pins(text)] == ["indirect==1.0"]


@pytest.mark.usefixtures("index")
def test_the_line_that_asks_for_it_is_named(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("description: x\npackages:\n  pip:\n    - kernels\n")
    workspace = Workspace.open()
    selection = workspace.select(str(file))
    selection = replace(selection, requirements=("kernels", "plain"))
    with pytest.raises(InvalidInputError, match=r"mine\.yaml:4: kernels has no wheel"):
        compile_lock(selection, workspace, Lock((), ()))
