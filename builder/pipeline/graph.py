"""The layers that targets share."""

from __future__ import annotations

from collections.abc import Iterable

from builder.pipeline.plan import make_plan
from builder.pipeline.workspace import Workspace
from builder.render import layer_graph
from builder.render.layers import rendered_layers
from builder.render.render import render


def shared_layers(names: Iterable[str], workspace: Workspace) -> layer_graph.Branch:
    """Return the tree of these targets' layers, as they would be built now."""
    files = {name: render(make_plan(name, workspace), workspace.templates) for name in names}
    return layer_graph.grow({name: rendered_layers(rendered) for name, rendered in files.items()})
