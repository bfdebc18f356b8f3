"""What an image lacks is said after the build, and added to the user's own file where Debian has it."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from builder.image.contents import Contents
from builder.pipeline import lacking
from builder.pipeline.add_missing import add_missing
from builder.pipeline.build import Built
from builder.pipeline.workspace import Workspace
from tests.unit.targets.user_target import own

UNMET = (
    ("opencv_python", "cv2/cv2.abi3.so", "libGL.so.1", True),
    ("cupy", "cupy/x.so", "libcutensor.so.2", True),
)


def built(*unmet: tuple[str, str, str, bool]) -> Any:
    contents = Contents(
        python="3.13",
        full_python="3.13.5",
        tailscale="1",
        framework="",
        cuda="",
        archs=(),
        wheels={},
        debian={},
        unmet=unmet,
    )
    plan = SimpleNamespace(debian="trixie")
    return SimpleNamespace(plan=plan, contents=contents, workspace=Workspace.open())


def test_it_is_said_with_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    one = built(*UNMET)
    assert len(lacking.report("./mine.yaml", one.plan, one.contents)) == 2
    shown = capsys.readouterr().err
    assert "cv2/cv2.abi3.so cannot load libGL.so.1, Debian's libgl1 has it" in shown
    assert "add it: packages.apt: [libgl1], or tailbox build ./mine.yaml --fix" in shown
    assert "libcutensor" in shown
    plugins = built(*(("nv", "nvidia/libx.so", f"lib{name}.so", False) for name in "abcd"))
    assert lacking.report("base", plugins.plan, plugins.contents) == []
    said = "nv: parts that are loaded on request alone lack liba.so, libb.so, libc.so and 1 more"
    assert said in capsys.readouterr().err
    none = built()
    assert (lacking.report("base", none.plan, none.contents), capsys.readouterr().err) == ([], "")


def test_it_is_added_to_a_file_of_the_users_own_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = own(tmp_path, "packages: {pip: [opencv-python]}  # mine\n")
    assert target.user_file
    reference = str(target.user_file)
    assert add_missing([reference, "base"], cast(list[Built], [built(*UNMET), built(*UNMET)]))
    assert "packages: {apt: [libgl1], pip: [opencv-python]}  # mine" in target.user_file.read_text()
    assert "mine.yaml:2: added libgl1 to packages.apt" in capsys.readouterr().err
    assert not add_missing([reference], cast(list[Built], [built(UNMET[1])]))
