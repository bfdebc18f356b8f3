"""Cleaning takes what tailbox rendered and built, and nothing that is somebody else's."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from builder.engine.images import our_names
from builder.pipeline.clean import remove_rendered


@pytest.mark.parametrize(
    ("tags", "names"),
    [
        (["tailbox/base:py3.13", "tailbox/base:old"], ["tailbox/base:py3.13", "tailbox/base:old"]),
        (["tailbox/base:py3.13", "registry.example/base:mine"], ["tailbox/base:py3.13"]),
        ([], ["sha256:1"]),
        (["app:latest"], []),
        (["registry.example/tailbox/base:1"], []),
    ],
    ids=["ours", "ours with a tag of theirs", "untagged", "built FROM ours", "in a registry"],
)
def test_what_names_an_image_as_ours(tags: list[str], names: list[str]) -> None:
    assert our_names(cast(Any, SimpleNamespace(tags=tags, id="sha256:1"))) == names


def rendered(folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / "docker-bake.json").touch()
    (folder / "contexts.json").touch()


def test_only_rendered_folders_go(tmp_path: Path) -> None:
    build = tmp_path / "build"
    rendered(build / "base")
    (build / "docker-bake.json").touch()
    (build / "objects").mkdir()
    (build / "objects" / "docker-bake.json").touch()
    remove_rendered(build)
    assert sorted(tmp_path.rglob("*")) == [build, build / "objects", build / "objects" / "docker-bake.json"]


def test_the_folder_goes_where_nothing_else_is_in_it(tmp_path: Path) -> None:
    rendered(tmp_path / "build" / "base")
    (tmp_path / "build" / "docker-bake.json").touch()
    remove_rendered(tmp_path / "build")
    assert not list(tmp_path.iterdir())


def test_a_build_folder_of_others_stays(tmp_path: Path) -> None:
    (tmp_path / "build").mkdir()
    (tmp_path / "build" / "docker-bake.json").touch()
    remove_rendered(tmp_path / "build")
    assert (tmp_path / "build" / "docker-bake.json").exists()
