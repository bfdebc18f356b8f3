"""The bench's tables say ratios, and its shapes are Dockerfiles over the target's own locks."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bench import build, compare, page, together
from bench.compare import Measured
from bench.shapes import SHAPES, emptied
from builder.core import paths
from builder.pipeline.plan import make_plan
from builder.pipeline.workspace import Workspace
from builder.render.render import render
from tools.marked import Marked

PLAN = make_plan("cuda-pytorch", Workspace.open())
FOUND = [
    Measured("tailbox", "a", 50.0, 10.0, 2.0, 2_000_000_000, 4_000_000_000, 9, 900_000_000),
    Measured("other", "b", 75.0, 10.0, 60.0, 3_000_000_000, 6_000_000_000, 2, 2_900_000_000),
]


@pytest.mark.parametrize("shape", SHAPES[1:], ids=lambda shape: shape.name)
def test_every_wheel_of_the_target_is_in_every_shape(shape: object) -> None:
    text = shape.dockerfile(PLAN)  # type: ignore[attr-defined]
    assert all(f"/run/locks/{layer.name}.txt" in text for layer in PLAN.wheels)
    assert text.startswith("FROM base\n")


def test_every_cache_that_a_build_mounts_is_emptied_before_a_cold_one() -> None:
    files = render(PLAN, paths.data("templates"))
    text = emptied(files["Dockerfile"].decode())
    assert re.findall(r"id=([\w-]+)", text) == ["tailbox-apt", "tailbox-apt-lists", "tailbox-uv"]
    assert text.endswith(" :\n")


def test_the_table_compares_with_the_first_line() -> None:
    rows = compare.table(FOUND).splitlines()
    assert "| 75 s (1.50) | 85 s (1.42) | 60.0 s (30.0) |" in rows[-1]
    assert "3000 MB (1.50)" in rows[-1]
    assert "bar [2000, 3000]" in compare.plot(FOUND)


def test_the_table_of_situations_says_which_bar_is_kept() -> None:
    found = [
        build.Timed(build.COLD, 56.0, 99.6, 20, 5),
        build.Timed(build.AGAIN, 0.5, 0.1, 0, 0),
        build.Timed(build.LINE, 6.0, 5.0, 3, 1),
        build.Timed(build.PLAIN, 50.0, 60.0, 2, 1),
    ]
    cold, again, line, plain = build.table(found).splitlines()[2:]
    assert "| 1.12 | <= 1.1 of plain: **not kept** | 100 | 20 | 5 |" in cold
    assert "| 0.01 | <= 2 s: kept | 0 | 0 | 0 |" in again
    assert "<= 5 s: **not kept**" in line
    assert "| 1.00 |  | 60 | 2 | 1 |" in plain


def test_a_run_for_all_is_compared_with_the_sum() -> None:
    single = [together.Run("a", 30.0, 5), together.Run("b", 50.0, 7)]
    last = together.table(single, together.Run("a, b", 60.0, 8)).splitlines()[-1]
    assert last == "| all in one run | 60 (0.75 of the sum) | 8 |"


def test_a_page_without_a_place_for_a_table_stays(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(paths, "PROJECT", tmp_path)
    (tmp_path / "docs").mkdir()
    document = tmp_path / "docs" / "builds.md"
    document.write_text("<!-- one: begin -->\n<!-- one: end -->\n")
    page.show("two", "| x |", {})
    assert document.read_text() == "<!-- one: begin -->\n<!-- one: end -->\n"
    page.show("one", "| x |", {"load": 0})
    assert "| x |\n\nMachine: load 0." in document.read_text()
    assert capsys.readouterr().out == "| x |\n| x |\n"
    assert Marked("docs/builds.md", "one").path == document
