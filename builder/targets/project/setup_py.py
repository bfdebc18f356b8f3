"""What a setup.py says in plain values. It is read, never run."""

from __future__ import annotations

import ast
from pathlib import Path

from builder.core.errors import InvalidInputError, Problem, Where
from builder.targets.project import text
from builder.targets.project.reading import Reading


def says_dependencies(path: Path) -> bool:
    """Whether the file calls setup()."""
    return "setup(" in text.read(path, None)


def read(path: Path, where: Where, extras: frozenset[str], into: Reading) -> None:
    """Take `install_requires` and the extras that are named, where they are plain lists."""
    call = _setup(path, where)
    python = call.get("python_requires")
    if isinstance(python, ast.Constant) and isinstance(python.value, str):
        into.python(python.value, Where(path, python.lineno))
    if "install_requires" in call:
        _listed(call["install_requires"], path, into)
    found = call.get("extras_require")
    for key, value in zip(found.keys, found.values, strict=True) if isinstance(found, ast.Dict) else ():
        name = str(key.value) if isinstance(key, ast.Constant) else ""
        into.known_extras.add(name)
        if name in extras or name in into.wishes.extras:
            _listed(value, path, into)
        elif name:
            into.note(
                f"extra {name}", f"not taken; write extras: [{name}] to take it", Where(path, value.lineno)
            )


def _listed(value: ast.expr, path: Path, into: Reading) -> None:
    items = value.elts if isinstance(value, ast.List | ast.Tuple) else [value]
    for item in items:
        place = Where(path, item.lineno)
        if isinstance(item, ast.Constant) and isinstance(item.value, str):
            into.require(item.value, place)
        else:
            said = "what setup.py needs is computed when it runs"
            into.refuse(
                said, "list it in a requirements.txt, and write `requirements: requirements.txt`", place
            )


def _setup(path: Path, where: Where) -> dict[str, ast.expr]:
    """The named arguments of the call of setup(), names resolved to the plain values given to them."""
    try:
        tree = ast.parse(text.read(path, where))
    except (SyntaxError, ValueError) as error:
        raise InvalidInputError(Problem(f"not Python ({error})", "correct it", Where(path, 1))) from None
    values = {
        target.id: node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and _is_setup(node.func)]
    found = {word.arg: word.value for call in calls for word in call.keywords if word.arg}
    return {
        name: values.get(value.id, value) if isinstance(value, ast.Name) else value
        for name, value in found.items()
    }


def _is_setup(function: ast.expr) -> bool:
    return getattr(function, "id", getattr(function, "attr", "")) == "setup"
