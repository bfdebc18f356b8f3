"""A lock whose wheels load another CUDA than it brings is refused, with the nearest change that works."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import cast

import pytest

from builder.core.errors import InvalidInputError, Problem, TailboxError
from builder.pipeline import check_wheels as checking
from builder.pipeline import library_fixes
from builder.pipeline.workspace import Workspace
from builder.resolve.resolve import Selection
from builder.wheels.fetch import Reading
from builder.wheels.libraries import Library, WheelLibraries
from builder.wheels.locate import WheelFile
from tests.kit.facts import WORKSPACE

TORCH_RELEASE = "2.15.0"
NOW, TORCH = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)


def wheel(path: str, *needed: str, requires: tuple[str, ...] = ()) -> WheelLibraries:
    library = Library(path=path, soname="", needed=needed, runpath=(), by_name=())
    return WheelLibraries(requires=requires, files={}, libraries=(library,))


# What each pin of the locks in these tests holds.
WHEELS = {
    "torch": wheel("torch/libtorch.so"),
    "nvidia-cublas==13": wheel("nvidia/lib/libcublas.so.13"),
    "nvidia-cublas==12": wheel("nvidia/lib/libcublas.so.12"),
    "speech==2": wheel("speech/_c.so", "libcublas.so.12"),
    "speech==1": wheel("speech/_c.so", "libcublas.so.13"),
    "speech==0": wheel("speech/_c.so", "libcublas.so.11"),
    "whisper": wheel("whisper/_c.so", requires=("speech>=1", "other ; extra == 'all'")),
}


def pins(*words: str) -> str:
    return "".join(f"{word if '==' in word else f'{word}==1'}\n" for word in words)


def located(lock: str, *_: object) -> tuple[WheelFile, ...]:
    rows = [line.split("==") for line in lock.splitlines()]
    return tuple(
        WheelFile(
            name=name, version=version, url="", size=0, sha256="", uploaded=TORCH if name == "torch" else NOW
        )
        for name, version in rows
    )


def reading(files: tuple[WheelFile, ...]) -> Reading:
    found = {
        file.name: WHEELS.get(f"{file.name}=={file.version}") or WHEELS[file.name]
        for file in files
        if file.name != "silent"
    }
    unread = {file.name: "ReadTimeout: slow" for file in files if file.name == "silent"}
    return Reading(found, unread, 5_000_000, 10_000_000, 1.0)


@pytest.fixture
def workspace(monkeypatch: pytest.MonkeyPatch) -> Workspace:
    for module in (checking, library_fixes):
        monkeypatch.setattr(module, "wheel_files", located)
        monkeypatch.setattr(module, "read_wheels", reading)
    return WORKSPACE


def selected(folder: Path, workspace: Workspace, *pip: str) -> Selection:
    file = folder / "mine.yaml"
    file.write_text(f"description: x\nextends: cuda-pytorch\npackages:\n  pip: [{', '.join(pip)}]\n")
    return workspace.select(str(file))


class Uv:
    """A uv that gives a lock for an option or a requirement among those it knows, and refuses others."""

    def __init__(self, **locks: str) -> None:
        self.locks = locks
        self.asked: list[tuple[str, ...]] = []

    def __call__(
        self, requirements: tuple[str, ...], *others: object, sources: object, excludes: object
    ) -> str:
        assert (sources, excludes) == ({}, ())
        options = cast(tuple[str, ...], others[-1])
        self.asked.append((*requirements, *options))
        for word, lock in self.locks.items():
            if any(word in text for text in (*requirements, *options)):
                return lock
        raise TailboxError(Problem("no set of wheels fits"))


def refused(selection: Selection, lock: str, workspace: Workspace) -> Problem:
    with pytest.raises(InvalidInputError) as caught:
        checking.check_wheels(selection, lock, None, workspace)
    (problem,) = caught.value.problems
    return problem


def test_both_sides_are_named_and_the_place(
    tmp_path: Path, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checking, "compile_requirements", Uv())
    selection = selected(tmp_path, workspace, "whisper")
    problem = refused(selection, pins("torch", "nvidia-cublas==13", "whisper", "speech==2"), workspace)
    assert problem.what == (
        "speech 2 (asked for by whisper) is linked with libcublas.so.12, "
        "the lock brings libcublas.so.13 (nvidia-cublas 13)"
    )
    assert str(problem.where).endswith("mine.yaml:4")
    assert problem.remedy == (
        "remove speech, or take another framework (tried in vain: speech of 2026-04-01, "
        "speech of 2026-01-01, speech of 2025-01-01, torch 2.10.0 for CUDA 12)"
    )


def test_the_release_of_the_frameworks_time_is_tried_first(
    tmp_path: Path, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    older = {
        f"speech=2026-0{month}-01T": pins("torch", "nvidia-cublas==13", f"speech=={version}")
        for month, version in ((4, 0), (1, 1))
    }
    uv = Uv(**older)
    monkeypatch.setattr(checking, "compile_requirements", uv)
    selection = selected(tmp_path, workspace, "speech==2")
    problem = refused(selection, pins("torch", "nvidia-cublas==13", "speech==2"), workspace)
    assert problem.what.startswith("speech 2 is linked with")
    assert problem.remedy == "write speech==1 into packages.pip"
    assert all("speech" in asked and "speech==2" not in asked for asked in uv.asked)


def test_else_the_framework_for_the_cuda_that_the_wheel_is_made_for(
    tmp_path: Path, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = pins("torch", "nvidia-cublas==12", "speech==2")
    monkeypatch.setattr(checking, "compile_requirements", Uv(**{"torch==2.10.0": lock}))
    selection = selected(tmp_path, workspace, "speech")
    problem = refused(selection, pins("torch", "nvidia-cublas==13", "speech==2"), workspace)
    assert problem.remedy == 'write cuda: "12" (gives torch 2.10.0, CUDA 12.8, speech==2)'


def test_a_lock_that_fits_passes_and_what_was_not_read_is_said(
    tmp_path: Path, workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    selection = selected(tmp_path, workspace, "speech")
    lock = pins("torch", "nvidia-cublas==13", "speech==1", "silent")
    checking.check_wheels(selection, lock, None, workspace)
    shown = capsys.readouterr().err
    assert "read the libraries of 3 wheels (10 MB) in 1.0 s: 5.0 MB fetched" in shown
    assert "the libraries of silent were not read (ReadTimeout: slow): the build checks them" in shown


@pytest.mark.parametrize(
    ("pip", "remedy", "line"),
    [
        (("other", "whisper"), "take other out of packages.pip: speech brings more of speech", 4),
        (("whisper",), "write packages.exclude: [other]: speech brings more of speech", None),
    ],
)
def test_two_wheels_of_one_module_are_refused(
    pip: tuple[str, ...],
    remedy: str,
    line: int | None,
    tmp_path: Path,
    workspace: Workspace,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    files = {"speech/__init__.py": 1, "speech/_c.so": 1}
    twice = {
        "speech==1": WHEELS["speech==1"].model_copy(update={"files": files}),
        "other": WheelLibraries(requires=(), files={"speech/__init__.py": 2}, libraries=()),
    }
    for name, held in twice.items():
        monkeypatch.setitem(WHEELS, name, held)
    lock = pins("torch", "nvidia-cublas==13", "speech==1", "other")
    problem = refused(selected(tmp_path, workspace, *pip), lock, workspace)
    said = "speech 1 and other 1 both write speech (1 files): what is installed last would win"
    assert (problem.what, problem.remedy) == (said, remedy)
    assert (problem.where.line if problem.where else None) == line


def test_another_framework_for_another_cuda_is_said(
    tmp_path: Path,
    workspace: Workspace,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setitem(WHEELS, "tensorflow", wheel("tensorflow/x.so"))
    selection = selected(tmp_path, workspace, "tensorflow")
    lock = pins(f"torch=={TORCH_RELEASE}", "nvidia-cublas==13", "tensorflow==2.21.0")
    checking.check_wheels(selection, lock, None, workspace)
    shown = capsys.readouterr().err
    assert "tensorflow==2.21.0 is made for CUDA 12.9: beside CUDA 13.2 it computes on the CPU alone" in shown
    assert "torch==" not in shown
