"""Sizes: the walker's tree, what grew, the budget that is enforced, and the treemap."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from builder.build.bake import Image
from builder.core import cache, paths
from builder.engine import layer_sizes
from builder.image import file_sizes, size_budget, treemap
from builder.image.file_sizes import SizeNode
from builder.image.size_budget import Budget

MB = 1_000_000
IMAGE = Image("tailbox/x:1", "sha256:x", 100 * MB, 40 * MB, 1.0, False)


def image_tree(**sizes: int) -> SizeNode:
    """An image with /opt/<name> of so many MB each, and 10 MB elsewhere."""
    children = tuple(SizeNode(name, size * MB, ()) for name, size in sizes.items())
    inner = SizeNode("opt", sum(sizes.values()) * MB, children)
    return SizeNode("/", inner.size + 10 * MB, (inner,))


def test_what_another_command_measures_meanwhile_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(layer_sizes, "layer_folders", lambda _: ["/upper", "/lower"])

    def measure(folder: str, *_: object) -> int:
        cache.store("layer-sizes.json", {"sha256:others": 7})
        return len(folder)

    monkeypatch.setattr(layer_sizes, "_measure", measure)
    built: Any = SimpleNamespace(id="sha256:x", attrs={"RootFS": {"Layers": ["sha256:a", "sha256:b"]}})
    assert layer_sizes.compressed_size(built, cast(Any, None)) == 12
    assert layer_sizes.measured_sizes() == {"sha256:a": 6, "sha256:b": 6, "sha256:others": 7}


def test_the_walker_counts_a_hard_link_once_and_folds_what_is_small(tmp_path: Path) -> None:
    (tmp_path / "large").write_bytes(b"x" * 5000)
    os.link(tmp_path / "large", tmp_path / "same")
    (tmp_path / "small").write_bytes(b"x" * 10)
    program = Path(file_sizes.__file__).parent / "guest" / "walk.py"
    text = program.read_text().replace('walk("/",', f"walk({str(tmp_path)!r},")
    done = subprocess.run(
        [sys.executable, "-", "1000"], input=text, capture_output=True, text=True, check=True
    )
    found = file_sizes.parse("/", json.loads(done.stdout))
    assert (found.size, [(child.name, child.size) for child in found.children]) == (5010, [("large", 5000)])


def test_what_grew_is_named_where_it_grew_largest_first() -> None:
    before = file_sizes.flat(image_tree(torch=50, cuda=30, numpy=6))
    now = image_tree(torch=50, cuda=44, numpy=8, extra=20)
    assert file_sizes.grown(before, now) == [
        ("/opt/extra", 20 * MB),
        ("/opt/cuda", 14 * MB),
        ("/opt/numpy", 2 * MB),
    ]


def test_only_the_ten_largest_growths_are_named() -> None:
    now = image_tree(**{f"p{n}": 10 + n for n in range(15)})
    found = file_sizes.grown({}, now)
    assert len(found) == 10
    assert found[0] == ("/opt/p14", 24 * MB)


def test_growth_in_small_pieces_stands_at_their_folder() -> None:
    now = dataclasses.replace(image_tree(torch=50), size=90 * MB)
    assert file_sizes.grown(file_sizes.flat(image_tree(torch=50)), now) == [("/", 30 * MB)]


def test_an_image_within_its_budget_passes() -> None:
    assert size_budget.exceeded(Budget(100 * MB, 40 * MB, {}), IMAGE) == []


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        ((99 * MB, 40 * MB), "100 MB on disk, the budget is 99 MB"),
        ((100 * MB, 39 * MB), "40 MB compressed, the budget is 39 MB"),
    ],
)
def test_each_limit_is_enforced(limits: tuple[int, int], message: str) -> None:
    assert size_budget.exceeded(Budget(*limits, {}), IMAGE) == [message]


def test_what_an_engine_cannot_tell_is_no_limit() -> None:
    unknown = dataclasses.replace(IMAGE, compressed=None)
    assert size_budget.exceeded(Budget(100 * MB, 1, {}), unknown) == []
    assert size_budget.exceeded(Budget(100 * MB, None, {}), IMAGE) == []


def test_the_budget_of_a_users_own_target_lies_beside_it(tmp_path: Path) -> None:
    mine = tmp_path / "mine.yaml"
    file = size_budget.accept(str(mine), dataclasses.replace(IMAGE, compressed=None), image_tree(torch=50))
    assert file == tmp_path / "mine.size.json"
    assert size_budget.read(str(mine)) == Budget(103 * MB, None, file_sizes.flat(image_tree(torch=50)))
    assert (
        size_budget.place("base")
        == size_budget.place("./images/base.yaml")
        == paths.data("images") / "sizes" / "base.json"
    )


def test_a_broken_budget_names_what_grew_and_how_to_accept_it() -> None:
    kept = Budget(90 * MB, 40 * MB, file_sizes.flat(image_tree(torch=50)))
    said = str(size_budget.problem("x", ["100 MB on disk"], kept, image_tree(torch=50, extra=20)))
    assert "+20 MB  /opt/extra" in said
    assert "tailbox size x --accept" in said


def test_the_treemap_names_every_path_and_escapes_it() -> None:
    page = treemap.page("<x>", image_tree(torch=50, **{"a<b": 30}))
    assert "&lt;x&gt;, 90 MB" in page
    assert 'title="/opt/torch  50 MB"' in page
    assert 'title="/opt/a&lt;b  30 MB"' in page
    assert "<x>" not in page
