"""Wheels from source: built once, and refused where they are not what was planned."""

from __future__ import annotations

import io
import struct
import tarfile
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from builder.build import source_wheels
from builder.build.source_wheels import place_built
from builder.core.errors import TailboxError
from builder.engine.client import Engine
from builder.lock.source_lock import BuildLock
from builder.resolve.plan import Plan
from builder.resolve.sources import SourceBuild
from tests.kit.packages import PackageIndex
from tests.unit.targets.user_target import own, planned

_EXT = SourceBuild(
    BuildLock("./ext", framework=False, nvcc=False, pins=()),
    None,
    (("setup.py", b"pass\n"),),
    (),
    4,
    {"CUDAARCHS": "86-real"},
    (),
)


class Sandbox:
    """Stands for the engine's container: gives a wheel, and keeps what it was called with."""

    def __init__(self, wheel: Path) -> None:
        self.wheel, self.sources, self.settings = wheel, list[list[str]](), dict[str, str]()

    def __call__(
        self,
        image: str,
        program: list[str],
        *others: object,
    ) -> bytes:
        stdin, environment, memory = others[-3:]
        assert isinstance(stdin, bytes)
        assert isinstance(environment, dict)
        with tarfile.open(fileobj=io.BytesIO(stdin)) as archive:
            self.sources.append(archive.getnames())
        self.settings = {**environment, "memory": str(memory), "image": image, "program": program[-1]}
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w") as archive:
            archive.add(self.wheel, self.wheel.name)
        return packed.getvalue()


@pytest.fixture
def plan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Plan:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(source_wheels, "bake_with_retry", lambda *_: None)
    return replace(planned(own(tmp_path, "")), sources=(_EXT,))


def _engine(memory: int = 16_000_000_000) -> Engine:
    client = SimpleNamespace(
        info=lambda: {"MemTotal": memory, "NCPU": 8}, images=SimpleNamespace(remove=lambda _: None)
    )
    return Engine(client, "", "", "overlay2", Path("/"))  # type: ignore[arg-type]


def _sandbox(monkeypatch: pytest.MonkeyPatch, wheel: Path) -> Sandbox:
    sandbox = Sandbox(wheel)
    monkeypatch.setattr(source_wheels, "run_sandboxed", sandbox)
    return sandbox


def _place(plan: Plan, folder: Path, engine: Engine | None = None) -> list[str]:
    place_built(plan, folder, folder, engine or _engine())
    return [path.name for path in (folder / "sources" / "built").iterdir()]


def test_a_wheel_is_built_once_with_as_many_processes_as_memory_allows(
    plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sandbox = _sandbox(monkeypatch, PackageIndex(tmp_path / "index").wheel("ext", "1"))
    assert _place(plan, tmp_path) == ["ext-1-py3-none-any.whl"]
    assert sandbox.sources == [["project/setup.py"]]
    assert (sandbox.settings["MAX_JOBS"], sandbox.settings["CUDAARCHS"]) == ("3", "86-real")
    assert sandbox.settings["memory"] == "12800000000"
    assert sandbox.settings["program"] == "/opt/build-ext"
    assert _place(plan, tmp_path / "again") == ["ext-1-py3-none-any.whl"]
    assert len(sandbox.sources) == 1


def test_a_machine_of_little_memory_builds_with_one_process(
    plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sandbox = _sandbox(monkeypatch, PackageIndex(tmp_path / "index").wheel("ext", "1"))
    _place(plan, tmp_path, _engine(memory=1_000_000_000))
    assert sandbox.settings["MAX_JOBS"] == "1"


def test_a_wheel_that_needs_what_the_lock_lacks_is_refused(
    plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheel = PackageIndex(tmp_path / "index").wheel("ext", "1", "ipykernel", "absent>=2", "b; extra == 'x'")
    _sandbox(monkeypatch, wheel)
    with pytest.raises(TailboxError, match=r"ext-1-py3-none-any\.whl, as it was built, needs absent>=2:"):
        _place(plan, tmp_path)


@pytest.mark.parametrize(("arch", "served"), [(86, True), (90, False)])
def test_a_wheel_without_code_for_a_gpu_of_the_target_is_refused(
    arch: int, served: bool, plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cubin = struct.pack("<HHIQ", 2, 0, 64, 8) + bytes(12) + struct.pack("<I", arch) + bytes(40)
    fat = struct.pack("<IHHQ", 0xBA55ED50, 1, 16, len(cubin)) + cubin
    wheel = PackageIndex(tmp_path / "index").wheel("ext", "1", files={"ext.so": fat})
    _sandbox(monkeypatch, wheel)
    with_gpus = replace(plan, sources=(replace(_EXT, gpus=("sm_86", "sm_89")),))
    if served:
        assert _place(with_gpus, tmp_path) == [wheel.name]
    else:
        with pytest.raises(TailboxError, match="holds no code for sm_86, sm_89"):
            _place(with_gpus, tmp_path)


def test_a_build_that_makes_no_wheel_is_told(
    plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "log.txt").write_text("no wheel")
    _sandbox(monkeypatch, tmp_path / "log.txt")
    with pytest.raises(TailboxError, match=r"the build of \./ext made no wheel"):
        _place(plan, tmp_path)
