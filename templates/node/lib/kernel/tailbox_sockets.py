"""Move what a kernel and its debugger open by themselves from 127.0.0.1, where peers reach it, to 127.0.0.2.

ipykernel and debugpy write the address into their code, at places that change with their releases. So modules
of theirs are loaded with another address in their constants. Runs in the user's Python, 3.10 or newer.
"""

import contextlib
import importlib
import sys
import types
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader

LOOPBACK, PRIVATE = "127.0.0.1", "127.0.0.2"
MODULES = ("ipykernel.debugger", "ipykernel.iostream", "debugpy.adapter", "debugpy.common", "debugpy.server")


class PrivateLoader(SourceFileLoader):
    """Loads a module as Python does, also from its byte code."""

    def get_code(self, fullname: str) -> types.CodeType | None:
        code = super().get_code(fullname)
        return code and moved(code)


class PrivateFinder:
    """Finds the modules whose address is replaced; those with another loader stay as they are."""

    @staticmethod
    def find_spec(
        name: str, path: Sequence[str] | None = None, target: types.ModuleType | None = None
    ) -> ModuleSpec | None:
        if not f"{name}.".startswith(tuple(f"{module}." for module in MODULES)):
            return None
        spec = PathFinder.find_spec(name, path, target)
        if spec and spec.origin and type(spec.loader) is SourceFileLoader:
            spec.loader = PrivateLoader(name, spec.origin)
        return spec


def moved(code: types.CodeType) -> types.CodeType:
    """Return the code, with the functions in it, with the other address."""
    return code.replace(co_consts=tuple(map(moved_constant, code.co_consts)))


def moved_constant(constant: object) -> object:
    if isinstance(constant, types.CodeType):
        return moved(constant)
    if isinstance(constant, str):
        return constant.replace(LOOPBACK, PRIVATE)
    return tuple(map(moved_constant, constant)) if isinstance(constant, tuple) else constant


def make_private(adapter: str = "") -> None:
    """Replace the address in this process; `adapter` is what debugpy starts in the place of Python."""
    sys.meta_path.insert(0, PrivateFinder)
    if adapter:
        with contextlib.suppress(ImportError, AttributeError):  # without debugpy there is no debugger
            importlib.import_module("ipykernel.debugger")  # it sets debugpy up before the import
            importlib.import_module("debugpy.server.api")._config["python"] = adapter
