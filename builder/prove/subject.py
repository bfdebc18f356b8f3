"""The argument of a check: a node under test in a standing tailnet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from threading import Lock
from typing import Any

from builder.prove.errors import CheckFailedError
from builder.prove.plan import ProofPlan
from builder.prove.tailnet.control_plane import ListedNode
from builder.prove.tailnet.node import Node
from builder.prove.tailnet.tailnet import Tailnet
from builder.prove.traffic import parties
from builder.prove.traffic.parties import Parties


@dataclass(frozen=True)
class Subject:
    """A node that is ready, the tailnet around it, and what the image promises."""

    tailnet: Tailnet
    node: Node
    plan: ProofPlan
    _stack: ExitStack = field(default_factory=ExitStack, repr=False, compare=False)
    _starting: Lock = field(default_factory=Lock, repr=False, compare=False)

    def __enter__(self) -> Subject:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def parties(self) -> Parties:
        """Return the parties of the matrix, started by the first call, removed with the `with` block."""
        with self._starting:
            return self._parties

    @cached_property
    def _parties(self) -> Parties:
        return parties.start(self.tailnet, self.node.spec, self.plan.limits, self._stack)

    @cached_property
    def listed(self) -> ListedNode:
        """The node as control lists it; CheckFailedError if it does not."""
        node = self.tailnet.control.find(self.node.hostname)
        if node is None:
            raise CheckFailedError(
                f"control does not list {self.node.hostname}",
                "see `nodectl status` for why the node did not join",
            )
        return node

    @property
    def name(self) -> str:
        """The node's MagicDNS name."""
        return self.listed.name

    @contextmanager
    def another(
        self,
        *command: str,
        hostname: str = "",
        environment: Mapping[str, str] | None = None,
        options: Mapping[str, Any] | None = None,
    ) -> Iterator[Node]:
        """Start a further node like this one, with another command, for checks that harm it.

        `environment` and `options` are added to those of this node; `hostname` is random by default.
        """
        spec = self.node.spec
        spec = replace(
            spec,
            command=command,
            environment={**spec.environment, **(environment or {})},
            options={**spec.options, **(options or {})},
        )
        node = self.tailnet.start(spec, hostname)
        try:
            yield node
        finally:
            node.member.remove()
