"""A node broken as a mutant says, in a standing tailnet."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from docker.models.containers import Container

from builder.prove import ProofPlan
from builder.prove.subject import Subject
from builder.prove.tailnet.member import PRIVILEGED, Member
from builder.prove.tailnet.node import NodeSpec
from builder.prove.tailnet.tailnet import Tailnet
from tests.tailnet.mutants import LEAKED, Mutant


@contextmanager
def broken(tailnet: Tailnet, spec: NodeSpec, plan: ProofPlan, mutant: Mutant) -> Iterator[Subject]:
    """The node started like `spec` but for what the mutant changes, ready; removed afterwards."""
    image = _mutated_image(tailnet, spec.image, mutant)
    node = tailnet.boot(replace(spec, image=image, edits=mutant.edits, changes=mutant.changes))
    try:
        with Subject(tailnet, node, replace(plan, ssh=mutant.promised)) as lab:
            if mutant.acts:
                _act(lab, mutant)
            yield lab
    finally:
        node.member.remove()


def _act(lab: Subject, mutant: Mutant) -> None:
    tailnet = lab.tailnet
    members = {"node": lab.node.member, "server": tailnet.server}
    members |= {name: party.member for name, party in vars(lab.parties()).items()}
    addresses = {name: tailnet.control.require(member.name).address(4) for name, member in members.items()}
    for where, script in mutant.acts:
        members[where].output(["sh", "-c", script.format(**addresses)], options=PRIVILEGED)


def _mutated_image(tailnet: Tailnet, image: str, mutant: Mutant) -> str:
    """The image with a file hidden in a layer, or with another configuration; goes with the tailnet."""
    if mutant.layer:
        leaky = _commit(tailnet, image, {mutant.layer: LEAKED}, [])
        return _commit(tailnet, leaky, {mutant.layer: "nothing to see"}, [])
    return _commit(tailnet, image, {}, [mutant.config]) if mutant.config else image


def _commit(tailnet: Tailnet, image: str, files: dict[str, str], changes: list[str]) -> str:
    container: Container = tailnet.engine.client.containers.create(image, labels=tailnet.run.labels)
    for path, text in files.items():
        Member(tailnet.engine, container, "").put(path, text.encode())
    committed = container.commit(changes=changes)
    container.remove()
    return str(committed.id)
