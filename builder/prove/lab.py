"""What a check is given: a node under test in a standing tailnet."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property

from builder.prove.errors import CheckFailed
from builder.prove.events import ListedNode
from builder.prove.node import Node
from builder.prove.plan import ProofPlan
from builder.prove.tailnet import Tailnet


@dataclass(frozen=True)
class Lab:
    """A node that is ready, the tailnet around it, and what the image promises."""

    tailnet: Tailnet
    node: Node
    plan: ProofPlan

    @cached_property
    def listed(self) -> ListedNode:
        """The node as control lists it; CheckFailed if it does not."""
        found = self.tailnet.control.find(self.node.hostname)
        if found is None:
            raise CheckFailed(
                f"control does not list {self.node.hostname}",
                "see `nodectl status` for why the node did not join",
            )
        return found

    @property
    def name(self) -> str:
        """The node's MagicDNS name."""
        return self.listed.name

    @contextmanager
    def another(self, *command: str) -> Iterator[Node]:
        """A further node, started like this one with a command of its own, for checks that hurt it."""
        node = self.tailnet.start(replace(self.node.spec, command=command))
        try:
            yield node
        finally:
            node.member.remove()
