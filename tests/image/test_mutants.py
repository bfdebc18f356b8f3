"""Every check passes on an unbroken node and catches a broken one, with a message that fits."""

from __future__ import annotations

import io
import re
import tarfile
from dataclasses import replace

import pytest
from docker.models.containers import Container

from builder.prove import ProofPlan, Status
from builder.prove.checks import REGISTRY, NodeCheck
from builder.prove.lab import Lab
from builder.prove.runner import run_check
from builder.prove.tailnet import Tailnet
from tests.image.mutants import LEAKED, MUTANTS, Mutant

CHECKS = {check.name: check for check in REGISTRY}


@pytest.mark.parametrize("check", REGISTRY, ids=lambda check: check.name)
def test_unbroken_node_passes(lab: Lab, check: NodeCheck) -> None:
    finding = run_check(check, lab)
    assert finding.status is Status.PASSED, f"{finding.detail}\n{finding.remedy}"
    assert finding.detail


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: f"{mutant.check}: {mutant.name}")
def test_broken_node_is_caught(lab: Lab, mutant: Mutant) -> None:
    tailnet = lab.tailnet
    server = _address(tailnet)
    changes = tuple(tuple(word.replace("{server}", server) for word in change) for change in mutant.changes)
    image = _mutated_image(tailnet, lab.node.spec.image, mutant)
    node = tailnet.boot(replace(lab.node.spec, image=image, edits=mutant.edits, changes=changes))
    try:
        with Lab(tailnet, node, replace(lab.plan, ssh=mutant.promised)) as broken:
            if mutant.machine:
                broken.parties().near_machine.member.output(mutant.machine)
            finding = run_check(CHECKS[mutant.check], broken)
    finally:
        node.member.remove()
    assert finding.status is Status.FAILED, f"not caught: {finding.detail}"
    assert re.search(mutant.message, finding.detail), f"another message: {finding.detail}"
    assert finding.remedy


def test_every_check_has_a_mutant() -> None:
    assert {mutant.check for mutant in MUTANTS} == set(CHECKS)


def test_names_are_unique(plan: ProofPlan) -> None:
    assert len(CHECKS) == len(REGISTRY)
    assert all(check.left_out(plan) is None for check in REGISTRY)


def _address(tailnet: Tailnet) -> str:
    server = tailnet.control.find("server")
    assert server is not None
    return next(address for address in server.ips if "." in address)


def _mutated_image(tailnet: Tailnet, image: str, mutant: Mutant) -> str:
    """The image with a file hidden in a layer, or with another configuration; goes with the tailnet."""
    if mutant.layer:
        leaky = _commit(tailnet, image, {mutant.layer: LEAKED}, [])
        return _commit(tailnet, leaky, {mutant.layer: "nothing to see"}, [])
    return _commit(tailnet, image, {}, [mutant.config]) if mutant.config else image


def _commit(tailnet: Tailnet, image: str, files: dict[str, str], changes: list[str]) -> str:
    container: Container = tailnet.engine.client.containers.create(image, labels=tailnet.run.labels)
    for path, text in files.items():
        container.put_archive("/", _packed(path.lstrip("/"), text.encode()))
    committed = container.commit(changes=changes)
    container.remove()
    return str(committed.id)


def _packed(name: str, data: bytes) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        entry = tarfile.TarInfo(name)
        entry.size = len(data)
        tar.addfile(entry, io.BytesIO(data))
    return packed.getvalue()
