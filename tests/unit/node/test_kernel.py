"""A kernel's modules get another loopback address than the one that peers reach, whatever their release."""

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from builder.core import paths

ADDRESS = """
HOST = "127.0.0.1"
def default(host="127.0.0.1"):
    def inner():
        return ("tcp://127.0.0.1:%i" % 7, ("127.0.0.1", 8))
    return host, inner()
"""
MOVED = ("127.0.0.2", ("tcp://127.0.0.2:7", ("127.0.0.2", 8)))


@pytest.fixture(autouse=True)
def packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Stand-ins for ipykernel and debugpy; what was imported and found before comes back."""
    meta_path, modules = list(sys.meta_path), dict(sys.modules)
    for name in ("ipykernel", "debugpy", "debugpy/server", "debugpy/adapter", "debugpy/launcher"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text(ADDRESS)
    (tmp_path / "ipykernel" / "iostream.py").write_text(ADDRESS)
    (tmp_path / "ipykernel" / "debugger.py").write_text("import debugpy.server.api\n")
    (tmp_path / "debugpy" / "server" / "api.py").write_text(f'_config = {{"python": "python"}}\n{ADDRESS}')
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.syspath_prepend(str(paths.data("templates") / "node" / "lib" / "kernel"))
    importlib.invalidate_caches()
    yield tmp_path
    sys.meta_path[:] = meta_path
    for name in set(sys.modules) - set(modules):
        del sys.modules[name]


def make_private(adapter: str = "") -> None:
    importlib.import_module("tailbox_sockets").make_private(adapter)


@pytest.mark.parametrize("module", ["ipykernel.iostream", "debugpy.server.api", "debugpy.adapter"])
def test_what_a_kernel_opens_moves(module: str) -> None:
    make_private()
    loaded = importlib.import_module(module)
    assert loaded.default() == MOVED
    assert loaded.HOST == "127.0.0.2"


@pytest.mark.parametrize("module", ["ipykernel", "debugpy", "debugpy.launcher"])
def test_what_a_person_starts_stays(module: str) -> None:
    make_private()
    assert importlib.import_module(module).HOST == "127.0.0.1"


def test_byte_code_on_disk_is_that_of_the_source(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    make_private()
    cached = importlib.import_module("ipykernel.iostream").__cached__
    assert importlib.import_module("ipykernel.iostream").default() == MOVED
    sys.meta_path.pop(0)
    del sys.modules["ipykernel.iostream"]
    assert Path(cached).exists()
    assert importlib.import_module("ipykernel.iostream").HOST == "127.0.0.1"


def test_debugpy_starts_the_nodes_adapter() -> None:
    make_private("/opt/tailbox/bin/debug-adapter")
    assert importlib.import_module("debugpy.server.api")._config["python"] == "/opt/tailbox/bin/debug-adapter"


def test_a_kernel_without_a_debugger_starts(packages: Path) -> None:
    (packages / "ipykernel" / "debugger.py").write_text("raise ImportError('no debugpy')\n")
    make_private("/opt/tailbox/bin/debug-adapter")
    assert importlib.import_module("ipykernel.iostream").default() == MOVED
