"""Start the peers of the traffic matrix.

`near` peers are reached directly. `far` ones send no UDP outside the tailnet, so their packets go by DERP.
The echo service runs on the peers, never on the node under test, where every listener is a finding.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass

from builder.prove.cells import Mode
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


def start(tailnet: Tailnet, spec: NodeSpec, stack: ExitStack) -> Parties:
    """Start the parties and their echo services; the stack removes them. Raises TailnetError."""
    with ThreadPoolExecutor(4, thread_name_prefix="parties") as pool:
        near_machine = pool.submit(_machine, tailnet, "near", stack)
        far_machine = pool.submit(_machine, tailnet, "far", stack)
        near_node = pool.submit(_node, tailnet, spec, stack)
        far_node = pool.submit(_node, tailnet, spec, stack, derp_only=True)
    return Parties(
        laptop=_party(tailnet, Mode.DEFAULT, tailnet.laptop, "laptop"),
        near_machine=near_machine.result(),
        far_machine=far_machine.result(),
        near_node=near_node.result(),
        far_node=far_node.result(),
    )


def _machine(tailnet: Tailnet, name: str, stack: ExitStack) -> Party:
    member = tailnet.machine(name, derp_only=name == "far")
    stack.callback(member.remove)
    serve_echo(member, "::")
    return _party(tailnet, Mode.DEFAULT, member, member.name)


def _node(tailnet: Tailnet, spec: NodeSpec, stack: ExitStack, *, derp_only: bool = False) -> Party:
    node = tailnet.start(spec)
    stack.callback(node.member.remove)
    if derp_only:
        block_direct_paths(node.member)
    tailnet.require(node)
    serve_echo(node.member, "127.0.0.1")
    return _party(tailnet, Mode.USERSPACE, node.member, node.hostname)


def _party(tailnet: Tailnet, mode: Mode, member: Member, hostname: str) -> Party:
    return Party(mode, member, tailnet.control.require(hostname))
