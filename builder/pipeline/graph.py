"""The layers that targets share."""

from __future__ import annotations

from collections.abc import Iterable

from builder.pipeline.plan import make_plan
from builder.pipeline.workspace import Workspace
from builder.render import layer_graph
from builder.render.render import planned_layers


def shared_layers(names: Iterable[str], workspace: Workspace) -> layer_graph.Branch:
    """Return the tree of these targets' layers, as they would be built now."""
    return layer_graph.grow(
        {name: planned_layers(make_plan(name, workspace), workspace.templates) for name in names}
    )
