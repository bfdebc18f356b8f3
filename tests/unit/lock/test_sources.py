"""What is built from source is locked by what its files say: none of its code runs on this host."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from builder.core import paths
from builder.core.errors import InvalidInputError
from builder.lock import built_metadata
from builder.lock.lockfiles import Lock
from builder.lock.pins import parse_pins
from builder.lock.sdist import locate, read_pylock
from builder.lock.source_lock import BuildLock, read_source_lock, write_source_lock
from builder.lock.source_tree import SourceTree, read_sdist
from builder.pipeline.relock import compile_lock
from builder.pipeline.workspace import Workspace
from tests.kit.packages import PackageIndex, metadata

_PROJECT = '[project]\nname = "mine"\nversion = "1"\ndependencies = ["plain>=1"]\n'


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PackageIndex:
    """An index with what builds, a wheel, and a source distribution whose setup.py leaves a trace."""
    index = PackageIndex(tmp_path / "index")
    for name in ("setuptools", "wheel", "pip", "plain", "ninja"):
        index.wheel(name, "2.0")
    setup = f"import torch\nopen({str(tmp_path / 'ran')!r}, 'w')\n"
    files = {"setup.py": setup, "PKG-INFO": metadata("kernels", "1.0"), "csrc/add.cu": "__global__"}
    files["kernels.egg-info/requires.txt"] = "plain\n\n[test]\nabsent\n"
    index.sdist("kernels", "1.0", files)
    monkeypatch.setenv("UV_DEFAULT_INDEX", index.url)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return index


def _locked(folder: Path, packages: str, *requirements: str) -> Lock:
    file = folder / "mine.yaml"
    file.write_text(f"description: x\npackages: {packages}\n")
    workspace = Workspace.open()
    selection = replace(workspace.select(str(file)), requirements=requirements)
    return compile_lock(selection, workspace, Lock((), ()))


@pytest.mark.usefixtures("index")
def test_a_source_distribution_is_locked_with_what_it_needs_and_what_builds_it(tmp_path: Path) -> None:
    lock = _locked(tmp_path, "{pip: [kernels], from_source: [Kernels]}", "kernels")
    assert [str(pin) for pin in lock.venv] == ["kernels==1.0", "plain==2.0"]
    assert len(lock.venv[0].hashes) == 1
    (build,) = lock.builds
    assert [pin.name for pin in build.pins] == ["pip", "setuptools", "wheel"]
    assert (build.framework, build.nvcc) == (False, False)
    assert not (tmp_path / "ran").exists()


def test_a_built_wheel_has_the_last_word_on_what_it_needs(tmp_path: Path, index: PackageIndex) -> None:
    lock = _locked(tmp_path, "{pip: [kernels], from_source: [kernels]}", "kernels")
    built_metadata.store_requires(lock.venv[0].hashes[0], ("ninja",))
    again = _locked(tmp_path, "{pip: [kernels], from_source: [kernels]}", "kernels")
    assert [pin.name for pin in again.venv] == ["kernels", "ninja"]
    assert built_metadata.wheel_requires(index.wheel("other", "1", "a>=1", "b")) == ("a>=1", "b")


@pytest.mark.usefixtures("index")
def test_a_name_that_nothing_asks_for_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="nothing asks for kernels"):
        _locked(tmp_path, "{from_source: [kernels]}", "plain")


@pytest.mark.usefixtures("index")
def test_a_project_beside_the_target_brings_its_requirements_and_its_build(tmp_path: Path) -> None:
    (tmp_path / "ext").mkdir()
    (tmp_path / "ext" / "pyproject.toml").write_text(
        f'{_PROJECT}[build-system]\nrequires = ["setuptools", "ninja"]\n'
    )
    lock = _locked(tmp_path, "{from_source: [./ext]}", "plain>=1")
    (build,) = lock.builds
    assert (build.name, [pin.name for pin in build.pins]) == ("./ext", ["ninja", "pip", "setuptools"])
    target = Workspace.open().select(str(tmp_path / "mine.yaml")).target
    assert "plain>=1" in target.pip
    assert [project.name for project in target.projects] == ["./ext"]


@pytest.mark.parametrize(("name", "said"), [("./ext", "does not exist"), ("./empty", "is no Python project")])
def test_a_folder_that_is_no_project_is_refused_with_its_line(name: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(InvalidInputError, match=rf"mine\.yaml:2: .*{said}"):
        _locked(tmp_path, f"{{from_source: [{name}]}}")


@pytest.mark.parametrize(
    ("files", "needs"),
    [
        ({"pyproject.toml": _PROJECT, "PKG-INFO": metadata("mine", "1", "old")}, ("plain>=1",)),
        ({"PKG-INFO": metadata("mine", "1", "a", "b; extra == 'x'")}, ("a", "b; extra == 'x'")),
        (
            {"m.egg-info/requires.txt": "a>=1\n[:python_version < '3.8']\nb\n[x]\nc\n"},
            ("a>=1", "b ; python_version < '3.8'"),
        ),
        ({"pyproject.toml": "not = [toml", "setup.py": "requires = ['a']"}, ()),
    ],
)
def test_what_a_tree_needs_is_read_from_its_files(files: dict[str, str], needs: tuple[str, ...]) -> None:
    assert SourceTree.of((name, text.encode()) for name, text in files.items()).requires == needs


def test_cuda_code_and_imports_tell_what_a_build_takes(tmp_path: Path) -> None:
    index = PackageIndex(tmp_path)
    tree = read_sdist(index.sdist("k", "1", {"setup.py": "from torch.utils import x\n", "a/b.cu": "x"}))
    assert tree.has_cuda
    assert tree.mentions("torch")
    assert not tree.mentions("jax")
    asking = SourceTree.of([("pyproject.toml", b'[build-system]\nrequires = ["torch>=2"]\n')])
    assert asking.mentions("torch")
    assert not asking.has_cuda


def test_locks_of_builds_are_read_as_they_were_written(tmp_path: Path) -> None:
    file = tmp_path / "mine.lock.builds.txt"
    builds = (BuildLock("kernels", framework=True, nvcc=True, pins=()), BuildLock("./ext", False, False, ()))
    write_source_lock(file, builds)
    assert read_source_lock(file) == builds
    write_source_lock(file, ())
    assert not file.exists()


def test_a_package_of_wheels_alone_cannot_be_built() -> None:
    with pytest.raises(InvalidInputError, match=r"plain 2\.0 has no source distribution"):
        read_pylock('[[packages]]\nname = "plain"\nversion = "2.0"\n', ["plain"])


def test_another_source_than_the_locked_one_is_refused(index: PackageIndex) -> None:
    assert index.url
    pins = parse_pins(f"kernels==1.0 --hash=sha256:{'0' * 64}\n")
    with pytest.raises(InvalidInputError, match=r"another source of kernels 1\.0 than the lock"):
        locate(pins, ["kernels"], paths.data("images") / "locks", ())
