"""The node's modules import the standard library, and of each other only what lies below them."""

import ast
import sys
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import node
import pytest

ROOT = Path(node.__file__).parent
FLOOR = {"accounts", "files", "paths", "problems", "redaction", "s6"}
BELOW = {
    "contract": FLOOR,
    "boot": FLOOR | {"contract"},
    "tailnet": FLOOR | {"contract"},
    "doctor": FLOOR | {"contract", "tailnet"},
    "nodectl": FLOOR | {"contract", "tailnet", "doctor"},
    "jupyter_config": FLOOR | {"contract"},
}


def imports(file: Path) -> Iterator[str]:
    """The full names of the modules, and of the names in them, that a file imports."""
    for statement in ast.walk(ast.parse(file.read_text())):
        if isinstance(statement, ast.Import):
            yield from (alias.name for alias in statement.names)
        elif isinstance(statement, ast.ImportFrom):
            assert statement.module, f"{file}: a relative import"
            yield from (f"{statement.module}.{alias.name}" for alias in statement.names)


MODULES = {".".join(file.relative_to(ROOT.parent).with_suffix("").parts): file for file in ROOT.rglob("*.py")}


@pytest.mark.parametrize("module", MODULES)
def test_imports_go_downwards(module: str) -> None:
    part = (*module.split("."), "")[1]
    for name in imports(MODULES[module]):
        package, _, rest = name.partition(".")
        if package == "node":
            assert rest.partition(".")[0] in BELOW.get(part, FLOOR) | {part}
        else:
            assert package in sys.stdlib_module_names


def test_there_is_no_circle() -> None:
    names = {module: {f"{name}." for name in imports(file)} for module, file in MODULES.items()}
    modules = [module for module in MODULES if not module.endswith("__init__")]
    graph = {
        module: {other for other in modules if any(name.startswith(f"{other}.") for name in names[module])}
        for module in modules
    }
    TopologicalSorter(graph).prepare()
