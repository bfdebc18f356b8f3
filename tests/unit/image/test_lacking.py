"""What libraries of an image lack is found inside it, and named with its Debian package."""

from __future__ import annotations

from pathlib import Path

import pytest

from builder.image.contents import Contents
from builder.image.guest import libraries
from builder.image.lacking import debian_libraries, lacking, on_request
from tests.kit.wheels import library

UNMET = (
    ("opencv_python", "cv2/cv2.abi3.so", "libGL.so.1", True),
    ("opencv_python", "cv2/qt.so", "libGL.so.1", True),
    ("cupy", "cupy/cutensor.so", "libcutensor.so.2", True),
    ("nvshmem", "nvidia/libmpi_plugin.so", "libmpi.so.40", False),
)
CONTENTS = Contents(
    python="3.13",
    full_python="3.13.5",
    tailscale="1",
    framework="",
    cuda="",
    archs=(),
    wheels={},
    debian={},
    unmet=UNMET,
)


def put(site: Path, files: dict[str, bytes]) -> None:
    for name, content in files.items():
        (site / name).parent.mkdir(parents=True, exist_ok=True)
        (site / name).write_bytes(content)


@pytest.mark.parametrize(
    ("needed", "files", "unmet"),
    [
        ("libGL.so.1", {}, True),
        ("libGL.so.1", {"other/libGL.so.1": library()}, False),
        ("libGL.so.1", {"other/libgl-abc.so": library(soname="libGL.so.1")}, False),
        ("libGL.so.1", {"a/lib/libGL.so.1": b"a link or a script"}, False),
        ("libGL.so.1", {"b/lib/libGL.so.1": b"in the path of no library"}, True),
        ("libcuda.so.1", {}, False),
        ("libnvidia-ml.so.1", {}, False),
        ("libc.so.6", {}, False),
    ],
)
def test_a_need_is_met_by_a_wheel_the_search_path_the_system_or_the_driver(
    needed: str, files: dict[str, bytes], unmet: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(libraries, "_system", lambda: {"libc.so.6"})
    put(tmp_path, {"a/_c.so": library(needed, runpath="$ORIGIN/lib"), "a/x.so.txt": b"", **files})
    put(tmp_path, {"a_wheel-1.0.dist-info/RECORD": b"a/_c.so,sha256=x,1\n"})
    found = libraries.unmet(tmp_path)
    assert found == ([("a_wheel", "a/_c.so", needed, True)] if unmet else [])


def test_a_module_needs_what_its_libraries_lack_and_no_plugin(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(libraries, "_system", set)
    put(tmp_path, {"a/_c.abi3.so": library("libqt.so.5")})
    put(tmp_path, {"a.libs/libqt-1.so": library("libGL.so.1", soname="libqt.so.5")})
    put(tmp_path, {"a/libplugin.so": library("libmpi.so.40")})
    assert [(path, name, by_module) for _, path, name, by_module in libraries.unmet(tmp_path)] == [
        ("a.libs/libqt-1.so", "libGL.so.1", True),
        ("a/libplugin.so", "libmpi.so.40", False),
    ]


def test_the_system_is_asked() -> None:
    assert "libc.so.6" in libraries._system()


def test_what_debian_has_comes_first_with_its_package() -> None:
    first, second = lacking(CONTENTS, "trixie")
    assert str(first) == (
        "opencv_python: cv2/cv2.abi3.so and 1 more cannot load libGL.so.1, Debian's libgl1 has it"
    )
    assert on_request(CONTENTS) == {"nvshmem": ["libmpi.so.40"]}
    assert str(second) == "cupy: cupy/cutensor.so cannot load libcutensor.so.2"


@pytest.mark.parametrize("release", ["trixie", "bookworm"])
def test_there_is_a_table_for_each_debian(release: str) -> None:
    table = debian_libraries(release)
    assert (table["libGL.so.1"], table["libX11.so.6"]) == ("libgl1", "libx11-6")
    assert debian_libraries("sid") == {}
