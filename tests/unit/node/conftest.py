"""Make the node's package importable from templates/, where the image gets it from."""

import sys
from pathlib import Path

import pytest

from builder.core import paths
from builder.pipeline.plan import make_plan
from builder.pipeline.workspace import Workspace
from builder.render.render import render, write_files
from tools.sessions import VALUES

NODE = Path(__file__).parents[3] / "templates" / "node"
sys.path.insert(0, str(NODE / "lib"))


@pytest.fixture(scope="session")
def node_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The rendered files that the image of `base` gets as /opt/tailbox."""
    folder = tmp_path_factory.mktemp("rendered")
    write_files(render(make_plan("base", Workspace.open()), paths.data("templates")), folder)
    return folder / "node"


@pytest.fixture(scope="session")
def hostile() -> dict[str, str]:
    """Variables whose values are hard to quote; they must arrive byte for byte."""
    return dict(VALUES)
