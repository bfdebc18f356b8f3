"""Defer the import of a package that another package imports and seldom uses."""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType


def defer(package: str) -> None:
    """Have a package imported when something of it is asked for; nothing where it is imported already.

    `importlib.util.LazyLoader` would not do: a mere `import` asks the module for its `__spec__`.
    """
    if package in sys.modules:
        return
    stub = sys.modules[package] = ModuleType(package)

    def load(name: str) -> object:
        if sys.modules.get(package) is stub:
            del sys.modules[package]
        return getattr(import_module(package), name)

    stub.__dict__["__getattr__"] = load
