"""A node of the private tailnet that is broken as mutants say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from docker.models.containers import Container

from builder.prove import Finding, ProofPlan
from builder.prove.checks import REGISTRY
from builder.prove.limits import Limits
from builder.prove.runner import run_check
from builder.prove.subject import Subject
from builder.prove.tailnet.member import PRIVILEGED, Member
from builder.prove.tailnet.node import NodeSpec
from builder.prove.tailnet.tailnet import Tailnet
from tests.tailnet.mutants import LEAKED, Mutant

CHECKS = {check.name: check for check in REGISTRY}
# What is broken stays so: nothing that comes later or at another port would change the answer. Both halves of
# the scan have a port that answers.
LIMITS = Limits(
    works_seconds=3.0,
    fails_seconds=3.0,
    presence_seconds=12.0,
    relay_pings=2,
    ports=(22, 1055, 2222, 8888, 9998, 9999, 10000, 49998, 49999, 50000, 65535),
)


@dataclass(frozen=True)
class BrokenNode:
    """A node that several mutants share; what a check says of it is asked once."""

    lab: Subject
    _findings: dict[str, Finding] = field(default_factory=dict)

    def finding(self, mutant: Mutant) -> Finding:
        """Run the mutant's check, or return what it said for another mutant of this node."""
        check = CHECKS[mutant.check]
        if mutant.acts:
            with acting(self.lab, mutant):
                return run_check(check, self.lab)
        if check.name not in self._findings:
            self._findings[check.name] = run_check(check, self.lab)
        return self._findings[check.name]


@contextmanager
def broken(tailnet: Tailnet, spec: NodeSpec, plan: ProofPlan, mutants: Sequence[Mutant]) -> Iterator[Subject]:
    """A node started like `spec` but for what the mutants change, ready; removed afterwards."""
    edits = tuple(edit for mutant in mutants for edit in mutant.edits)
    changes = tuple(dict.fromkeys(change for mutant in mutants for change in mutant.changes))
    image = _mutated_image(tailnet, spec.image, mutants)
    promised = frozenset.intersection(*(mutant.promised for mutant in mutants))
    node = tailnet.boot(replace(spec, image=image, edits=edits, changes=changes))
    try:
        with Subject(tailnet, node, replace(plan, ssh=promised)) as lab:
            yield lab
    finally:
        node.member.remove()


@contextmanager
def acting(lab: Subject, mutant: Mutant) -> Iterator[None]:
    """Run the scripts of the mutant in the members, and undo them afterwards."""
    members = {"node": lab.node.member, "server": lab.tailnet.server}
    if any(act.member not in members or "{" in act.script for act in mutant.acts):
        members |= {name: party.member for name, party in vars(lab.parties()).items()}
    control = lab.tailnet.control
    addresses = {name: control.require(member.name).address(4) for name, member in members.items()}
    for act in mutant.acts:
        members[act.member].output(["sh", "-c", act.script.format(**addresses)], options=PRIVILEGED)
    try:
        yield
    finally:
        for act in mutant.acts:
            undo = act.undo.format(**addresses) or "true"
            members[act.member].output(["sh", "-ec", undo], options=PRIVILEGED)


def _mutated_image(tailnet: Tailnet, image: str, mutants: Sequence[Mutant]) -> str:
    """The image with a file hidden in a layer, and with another configuration; goes with the tailnet."""
    for mutant in mutants:
        if mutant.layer:
            leaky = _commit(tailnet, image, {mutant.layer: LEAKED}, [])
            image = _commit(tailnet, leaky, {mutant.layer: "nothing to see"}, [])
        if mutant.config:
            image = _commit(tailnet, image, {}, [mutant.config])
    return image


def _commit(tailnet: Tailnet, image: str, files: dict[str, str], changes: list[str]) -> str:
    container: Container = tailnet.engine.client.containers.create(image, labels=tailnet.run.labels)
    for path, text in files.items():
        Member(tailnet.engine, container, "").put(path, text.encode())
    committed = container.commit(changes=changes)
    container.remove()
    return str(committed.id)
