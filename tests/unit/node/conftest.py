"""Make the node's package importable from templates/, where the image gets it from."""

import sys
from pathlib import Path

import pytest

from builder import catalog, paths, render
from tools.sessions import VALUES

NODE = Path(__file__).parents[3] / "templates" / "node"
sys.path.insert(0, str(NODE / "lib"))


@pytest.fixture(scope="session")
def node_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The rendered files that the image of `base` gets as /opt/tailbox."""
    folder = tmp_path_factory.mktemp("rendered")
    render.write(render.render(catalog.plan("base"), paths.data("templates")), folder)
    return folder / "node"


@pytest.fixture(scope="session")
def hostile() -> dict[str, str]:
    """Variables whose values are hard to quote; they must arrive byte for byte."""
    return dict(VALUES)
