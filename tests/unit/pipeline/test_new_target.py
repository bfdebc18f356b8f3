"""A target for a project: what is chosen, where it is written, and what is said. uv is not asked."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from builder.core.errors import InvalidInputError, Problem, TailboxError
from builder.lock import lockfiles
from builder.lock.lockfiles import Lock
from builder.pipeline import conflict, from_project
from builder.pipeline.new_target import for_project
from builder.resolve.resolve import Selection
from builder.targets.target import load_target, read_target
from tests.kit.facts import WORKSPACE

REFUSED = Problem("numpy has no wheel for Python 3.13")


@pytest.fixture(autouse=True)
def tried(monkeypatch: pytest.MonkeyPatch) -> list[Selection]:
    """Every target that is locked on trial; those with Python 3.13 that pin numpy 1 fail."""
    selections: list[Selection] = []

    def compile_lock(selection: Selection, _workspace: object, _lock: object, *, advise: bool) -> Lock:
        assert not advise
        selections.append(selection)
        if selection.target.python == "3.13" and "numpy==1.26.4" in selection.requirements:
            raise TailboxError(REFUSED)
        return Lock((), ())

    monkeypatch.setattr(from_project, "compile_lock", compile_lock)
    monkeypatch.setattr(conflict, "another_release", lambda *_: iter(()))
    monkeypatch.setattr(lockfiles, "read", lambda _: None)
    return selections


def project(folder: Path, text: str) -> Path:
    place = folder / "My Chat"
    place.mkdir()
    (place / "requirements.txt").write_text(text)
    return place


def test_the_target_loads_and_names_the_files_of_the_project(tmp_path: Path) -> None:
    project(tmp_path, "torch<2.8\nrich\n")
    new = for_project("My Chat", None, tmp_path, WORKSPACE)
    target = load_target(str(new.path), WORKSPACE.images)
    assert (new.path.name, target.framework, target.pip[-2:]) == (
        "my-chat.yaml",
        "torch",
        ("torch<2.8", "rich"),
    )
    assert "sm_120" not in target.gpus
    assert new.path.read_text().count("torch<2.8") == 1
    assert [(one.key, one.why.rpartition("/")[2]) for one in new.entries] == [
        ("extends", "requirements.txt:1 asks for torch<2.8"),
        ("gpus", "without sm_120: torch 2.7.1 has no machine code for it that works"),
    ]


def test_another_python_is_taken_for_a_reason(tmp_path: Path, tried: list[Selection]) -> None:
    project(tmp_path, "numpy==1.26.4\n")
    new = for_project("My Chat", "mine", tmp_path, WORKSPACE)
    assert [one.target.python for one in tried] == ["3.13", "3.12"]
    assert [(one.key, one.value, one.why) for one in new.entries] == [
        ("extends", "base", ""),
        ("python", '"3.12"', REFUSED.what),
    ]


def test_cuda_12_is_taken_where_an_index_or_an_image_asks_for_it(tmp_path: Path) -> None:
    place = project(tmp_path, "--extra-index-url https://download.pytorch.org/whl/cu126\ntorch\n")
    (place / "Dockerfile").write_text("FROM nvidia/cuda:12.6.0-base\nRUN apt-get install -y ffmpeg\n")
    new = for_project(str(place), "mine", tmp_path, WORKSPACE)
    target = load_target(str(new.path), WORKSPACE.images)
    assert (target.ancestors[0], target.extra_apt) == ("cuda-pytorch-cu12", ("ffmpeg",))


def test_a_private_index_goes_into_the_target(tmp_path: Path) -> None:
    project(tmp_path, "--index-url https://user:secret@private.example/simple\nrich\n")
    new = for_project("My Chat", "mine", tmp_path, WORKSPACE)
    assert read_target(str(new.path), WORKSPACE.images).problems == ()
    assert load_target(str(new.path), WORKSPACE.images).indexes == ("https://private.example/simple",)
    assert "secret" not in new.path.read_text()


def test_the_extra_that_brings_the_framework_is_taken(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(
        "[project]\nname = 'p'\ndependencies = ['rich']\n[project.optional-dependencies]\n"
        "cpu = ['torch']\ncu126 = ['torch']\ncu128 = ['torch']\ndev = ['pytest']\n"
    )
    new = for_project(".", "mine", tmp_path, WORKSPACE)
    assert [(one.key, one.value) for one in new.entries] == [
        ("extras", "[cu128]"),
        ("extends", "cuda-pytorch"),
    ]


def test_what_has_no_place_is_in_the_file_and_in_the_answer(tmp_path: Path) -> None:
    place = project(tmp_path, "rich\nx @ git+https://host/x.git@main\n")
    (place / "postBuild").write_text("#!/bin/sh\n")
    new = for_project(str(place), "mine", tmp_path, WORKSPACE)
    assert [note.what for note in new.left] == ["postBuild"]
    assert "postBuild" in new.path.read_text()
    assert ["git branch" in one.what for one in new.problems] == [True]


def test_nothing_is_written_over_and_what_is_missing_has_a_nearest_name(tmp_path: Path) -> None:
    project(tmp_path, "rich\n")
    (tmp_path / "mine.yaml").write_text("x")
    with pytest.raises(InvalidInputError, match="is there already"):
        for_project("My Chat", "mine", tmp_path, WORKSPACE)
    with pytest.raises(InvalidInputError, match="did you mean My Chat"):
        for_project("My Chut", "other", tmp_path, WORKSPACE)
    assert (tmp_path / "mine.yaml").read_text() == "x"


def test_a_repository_is_cloned_beside_the_target(tmp_path: Path) -> None:
    place = project(tmp_path, "rich\n")
    for command in (
        ["init", "-q"],
        ["add", "."],
        ["-c", "user.name=x", "-c", "user.email=x@x", "commit", "-qm", "x"],
        ["clone", "-q", "--bare", ".", "../chat.git"],
    ):
        subprocess.run(["git", *command], cwd=place, check=True, capture_output=True)
    new = for_project(f"file://{tmp_path}/chat.git", None, tmp_path, WORKSPACE)
    assert load_target(str(new.path), WORKSPACE.images).pip[-1] == "rich"
    assert (new.path.name, (tmp_path / "chat" / ".git").is_dir()) == ("chat.yaml", True)
