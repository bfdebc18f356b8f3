"""A node under test: how to start it, and the running node."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import parse_qs, urlsplit

from builder.prove.errors import TailnetError
from builder.prove.tailnet.member import CompletedCommand, Member


@dataclass(frozen=True)
class Edit:
    """A change to a file of the image before the node starts; `old` must occur in it."""

    path: str
    old: str
    new: str


@dataclass(frozen=True)
class NodeSpec:
    """How to start a node: image, further variables, command, edits, and what to run once it is ready.

    With `gpus` it gets all of the engine's. `options` are further arguments of the Docker SDK's
    `containers.create` (volumes, tmpfs, cap_drop ...).
    """

    image: str
    environment: Mapping[str, str] = field(default_factory=dict)
    command: tuple[str, ...] = ()
    edits: tuple[Edit, ...] = ()
    changes: tuple[tuple[str, ...], ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)
    gpus: bool = False


@dataclass(frozen=True)
class NodeUrl:
    """What identifies a node: fingerprint of sshd's host key, and Jupyter's token."""

    host_key: str
    jupyter_token: str


@dataclass(frozen=True)
class Node:
    """A started node: its container, host name, spec, and join key."""

    member: Member
    hostname: str
    spec: NodeSpec
    key: str

    def nodectl(self, *arguments: str, deadline: float = 120.0) -> CompletedCommand:
        """Run `nodectl` in it as an operator would."""
        return self.member.run(["nodectl", *arguments], deadline=deadline)

    def nodectl_json(self, command: str) -> dict[str, Any]:
        """Return what `nodectl COMMAND --json` prints. Raises TailnetError if that is no JSON object."""
        done = self.nodectl(command, "--json")
        try:
            answer = json.loads(done.out)
        except ValueError:
            answer = None
        if not isinstance(answer, dict):
            raise TailnetError(
                f"`nodectl {command} --json` printed no JSON object: {done.last_lines}",
                "see nodectl in the node",
            )
        return answer

    @cached_property
    def url(self) -> NodeUrl:
        """Return the answer of `nodectl url` when it was first asked."""
        answer = self.nodectl_json("url")
        query = parse_qs(urlsplit(str(answer.get("jupyter"))).query)
        return NodeUrl(str(answer.get("host_key")), query.get("token", [""])[0])
