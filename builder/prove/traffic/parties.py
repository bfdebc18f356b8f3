"""Start the peers of the traffic matrix.

`near` peers are reached directly. `far` ones send no UDP outside the tailnet, so their packets go by DERP.
The echo service runs on the peers, never on the node under test, where every listener is a finding.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass

from builder.prove.cells import Mode
from builder.prove.limits import Limits
from builder.prove.tailnet.derp_only import block_direct_paths
from builder.prove.tailnet.member import Member
from builder.prove.tailnet.node import NodeSpec
from builder.prove.tailnet.tailnet import Tailnet
from builder.prove.traffic.attempt import Party, serve_echo


@dataclass(frozen=True)
class Parties:
    """A laptop, two machines with a kernel interface, two nodes of the image."""

    laptop: Party
    near_machine: Party
    far_machine: Party
    near_node: Party
    far_node: Party


@dataclass(frozen=True)
class _Starter:
    """Starts parties and their echo services; the stack removes them. Raises TailnetError."""

    tailnet: Tailnet
    limits: Limits
    stack: ExitStack

    def machine(self, name: str) -> Party:
        member = self.tailnet.machine(name, derp_only=name == "far")
        self.stack.callback(member.remove)
        serve_echo(member, "::")
        return self.party(Mode.DEFAULT, member, member.name)

    def node(self, spec: NodeSpec, *, derp_only: bool = False) -> Party:
        node = self.tailnet.start(spec)
        self.stack.callback(node.member.remove)
        if derp_only:
            block_direct_paths(node.member)
        self.tailnet.require(node)
        serve_echo(node.member, "127.0.0.1")
        return self.party(Mode.USERSPACE, node.member, node.hostname)

    def party(self, mode: Mode, member: Member, hostname: str) -> Party:
        return Party(mode, member, self.tailnet.control.require(hostname), self.limits)


def start(tailnet: Tailnet, spec: NodeSpec, limits: Limits, stack: ExitStack) -> Parties:
    """Start the parties side by side; the stack removes them. Raises TailnetError."""
    starter = _Starter(tailnet, limits, stack)
    with ThreadPoolExecutor(4, thread_name_prefix="field") as pool:
        near_machine = pool.submit(starter.machine, "near")
        far_machine = pool.submit(starter.machine, "far")
        near_node = pool.submit(starter.node, spec)
        far_node = pool.submit(starter.node, spec, derp_only=True)
    return Parties(
        laptop=starter.party(Mode.DEFAULT, tailnet.laptop, "laptop"),
        near_machine=near_machine.result(),
        far_machine=far_machine.result(),
        near_node=near_node.result(),
        far_node=far_node.result(),
    )
