"""An image that is over its size budget is not proven."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from builder.build.bake import Image
from builder.engine.client import Engine
from builder.image import file_sizes, size_budget
from builder.image.file_sizes import SizeNode
from builder.image.size_budget import SizeBudgetError
from builder.pipeline import prove
from builder.pipeline.build import Built

pytestmark = pytest.mark.unit

IMAGE = Image("tailbox/mine:1", "sha256:1", 200_000_000, None, 0.0, cached=True)
ENGINE = cast(Engine, None)
TREE = SizeNode("/", 200_000_000, (SizeNode("opt", 150_000_000, ()),))


@pytest.fixture
def target(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A target with a budget of 100 MB, whose image takes 200 MB."""
    (tmp_path / "mine.size.json").write_text(
        json.dumps({"disk": 100_000_000, "compressed": None, "accepted": {}})
    )
    built = cast(Built, SimpleNamespace(image=IMAGE, engine=None))
    monkeypatch.setattr(prove, "build_target", lambda *_, **__: built)
    monkeypatch.setattr(file_sizes, "measure", lambda *_: TREE)
    return str(tmp_path / "mine.yaml")


def test_an_image_over_its_budget_is_refused_with_what_grew(
    target: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prove, "prove_image", lambda *_, **__: pytest.fail("was proven"))
    told = r"(?s)200 MB on disk, the budget is 100 MB.*\+150 MB  /opt"
    with pytest.raises(SizeBudgetError, match=told):
        prove.prove_target(target)


def test_an_image_within_its_budget_or_without_one_passes(target: str, tmp_path: Path) -> None:
    (tmp_path / "mine.size.json").write_text(
        json.dumps({"disk": 200_000_000, "compressed": None, "accepted": {}})
    )
    size_budget.enforce(target, IMAGE, ENGINE)
    (tmp_path / "mine.size.json").unlink()
    size_budget.enforce(target, IMAGE, ENGINE)
