"""The node's package is not installed: it is imported from where the image gets it."""

import sys
from pathlib import Path

import pytest

from builder import catalog, paths, render

NODE = Path(__file__).parents[3] / "templates" / "node"
sys.path.insert(0, str(NODE / "lib"))

# Values that quoting, shells and line-based formats corrupt or execute.
HOSTILE = {
    "H_PLAIN": "plain",
    "H_SPACES": "  two  spaces  ",
    "H_SINGLE": "it's",
    "H_DOUBLE": 'say "hi"',
    "H_HOME": "$HOME",
    "H_PID": "$$",
    "H_COMMAND": "$(echo executed)",
    "H_BACKTICK": "`echo executed`",
    "H_NEWLINE": "a\nb\n\nc\n",
    "H_JSON": '{"a": [1, "x y", null], "b": "\\n"}',
    "H_BACKSLASH": "C:\\temp\\new\\\\",
    "H_HASH": "a # b",
    "lower_case": "yes",
    "H_EQUALS": "a=b==c",
    "H_EMPTY": "",
    "H_UNICODE": "Zażółć ☃",
    "H_MIXED": "'\"$`\\!;&|<>*?~\t",
}


@pytest.fixture(scope="session")
def node_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What an image of `base` gets as /opt/tailbox, rendered."""
    folder = tmp_path_factory.mktemp("rendered")
    render.write(render.render(catalog.plan("base"), paths.data("templates")), folder)
    return folder / "node"


@pytest.fixture(scope="session")
def hostile() -> dict[str, str]:
    """Environment variables with values that must arrive byte for byte."""
    return HOSTILE
