"""Who the matrix is tried between: the node under test, and others near it and far from it.

`near` are reached directly. `far` have a way to control's relay alone, so packets to them go by DERP.
The echo service runs on these, never on the node under test: there every listener is a finding.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from builder.prove.cells import Mode
from builder.prove.errors import TailnetError
from builder.prove.members import Member
from builder.prove.node import NodeSpec
from builder.prove.tailnet import Tailnet
from builder.prove.traffic import Party, serve_echo


@dataclass(frozen=True)
class Field:
    """The parties: a laptop, two machines with a kernel interface, two nodes of the image."""

    laptop: Party
    near_machine: Party
    far_machine: Party
    near_node: Party
    far_node: Party

    def remove(self) -> None:
        """Remove those that were started for the matrix."""
        for party in (self.far_machine, self.near_node, self.far_node):
            party.member.remove()


def start(tailnet: Tailnet, spec: NodeSpec) -> Field:
    """Start the parties and their echo services. TailnetError if one does not come up."""
    with ThreadPoolExecutor(3, thread_name_prefix="field") as pool:
        machine = pool.submit(lambda: tailnet.machine("far", apart=True))
        near, far = pool.submit(_node, tailnet, spec, False), pool.submit(_node, tailnet, spec, True)
        field = Field(
            laptop=_party(tailnet, Mode.DEFAULT, tailnet.laptop, "laptop"),
            near_machine=_party(tailnet, Mode.DEFAULT, tailnet.server, "server"),
            far_machine=_party(tailnet, Mode.DEFAULT, machine.result(), machine.result().name),
            near_node=near.result(),
            far_node=far.result(),
        )
    for machine_party in (field.near_machine, field.far_machine):
        serve_echo(machine_party.member, "::")
    for node in (field.near_node, field.far_node):
        serve_echo(node.member, "127.0.0.1")
    return field


def _node(tailnet: Tailnet, spec: NodeSpec, apart: bool) -> Party:
    node = tailnet.boot(spec, apart=apart)
    return _party(tailnet, Mode.USERSPACE, node.member, node.hostname)


def _party(tailnet: Tailnet, mode: Mode, member: Member, hostname: str) -> Party:
    listed = tailnet.control.find(hostname)
    if listed is None:
        raise TailnetError(f"control does not list {hostname}", "read the log of that container")
    return Party(mode, member, listed)
