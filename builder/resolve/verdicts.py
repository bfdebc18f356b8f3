"""Judge a target on a machine: its release, else its base image and its requirements.

Pure. What cannot be told is told as that, never as "serves".
"""

from __future__ import annotations

from collections.abc import Iterator

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from builder.facts.compute_capability import code_for, number
from builder.facts.models import Compat, Facts
from builder.facts.release import Release
from builder.resolve import cuda
from builder.resolve.machine import Machine
from builder.resolve.rules import Verdict, fit, runs
from builder.targets.target import Target


def verdicts(target: Target, release: Release | None, host: Machine, facts: Facts) -> tuple[Verdict, ...]:
    """Return every rule's verdict; the machine is served if all of them say so."""
    compat = facts.compat
    if host.is_arm(compat):
        reason = f"{host.named}: this card's host is arm64, images are linux/amd64"
        remedy = "take a machine with an x86-64 processor"
        return (Verdict("host", False, reason, compat.sources["arm"], remedy),)
    if release:
        return fit(cuda.framework_name(target), release, host, compat)
    found = (*_of_base(target.base or "", host, compat), *_of_requirements(target, compat))
    return found or (Verdict("any", True, "the image holds no CUDA", ""),)


def _of_base(base: str, host: Machine, compat: Compat) -> Iterator[Verdict]:
    """Judge the base image: NVIDIA's own name their CUDA in the tag; of others it is not known."""
    if not base or _is_plain(base, compat):
        return
    toolkit = cuda.of_base(base)
    if toolkit is None:
        remedy = "take an nvidia/cuda image, whose tag says its CUDA, or one without CUDA and a `framework`"
        yield Verdict("base", None, f"not known: whether {base} holds CUDA, and which", "", remedy, "base")
        return
    if toolkit.split(".")[0] in compat.cuda:
        yield from runs(base, toolkit, toolkit, host, compat, ours=False)
    if toolkit in compat.toolkits:
        yield from _by_gpu(base, toolkit, host, compat)
        yield from _by_condition(base, toolkit, host, compat)
        return
    remedy = f"take a tag for a CUDA that is known: {', '.join(compat.toolkits)}"
    yield Verdict("base", None, f"not known: what CUDA {toolkit} of {base} needs", "", remedy, "base")


def _is_plain(base: str, compat: Compat) -> bool:
    """Tell whether it is an official image without CUDA: `ubuntu:24.04`, `docker.io/library/debian`."""
    name = base.partition("@")[0].partition(":")[0]
    return name.removeprefix("docker.io/").removeprefix("library/") in compat.plain_images


def _by_gpu(base: str, toolkit: str, host: Machine, compat: Compat) -> Iterator[Verdict]:
    """Judge a toolkit by GPU: it compiles for the GPUs of its time, and later ones drop old GPUs."""
    if host.gpu is None:
        return
    major, floor = toolkit.split(".")[0], compat.toolkits[toolkit]
    oldest, sources = compat.cuda[major].gpu, compat.sources
    if number(host.gpu) < number(oldest):
        reason = f"CUDA {major} serves GPUs from {oldest} on; {host.named} is older"
        yield Verdict(host.gpu, False, reason, sources["dropped"], "take a tag of an older CUDA", "base")
    elif arch := code_for(
        host.gpu, tuple(gpu for gpu, facts in compat.gpus.items() if facts.driver <= floor)
    ):
        reason = (
            f"CUDA {toolkit} compiles for {arch}, which runs on {host.gpu}; what {base} holds was not read"
        )
        yield Verdict(host.gpu, True, reason, sources["gpu"], place="base")
    else:
        reason = f"not known: CUDA {toolkit} is older than {host.named}, and {base} may hold no code for it"
        yield Verdict(host.gpu, None, reason, sources["gpu"], "take a tag of a newer CUDA", "base")


def _by_condition(base: str, toolkit: str, host: Machine, compat: Compat) -> Iterator[Verdict]:
    """Judge the condition on the driver in NVIDIA's images, whose exceptions leave GeForce cards out."""
    floor = compat.toolkits[toolkit]
    if host.branch is None or host.kind == "datacenter" or host.branch >= floor:
        return
    reason = (
        f"{base} may refuse to start below driver {floor} on {host.named}: its condition on the driver "
        f"(NVIDIA_REQUIRE_CUDA: cuda>={toolkit}) has exceptions for some kinds of cards, and GeForce was "
        f"seen to be none of them; it is {host.driver}"
    )
    yield Verdict("base", False, reason, compat.sources["require"], place="base")


def _of_requirements(target: Target, compat: Compat) -> Iterator[Verdict]:
    """Name wheels that bring a CUDA which no `framework` chose: it is known only once they are locked."""
    bringing = [
        text
        for text in target.pip
        if _name(text) in compat.frameworks or cuda.brought_by(text, compat.brings_cuda)
    ]
    if not bringing:
        return
    names = dict.fromkeys(name for text in bringing if (name := _name(text)) in compat.frameworks)
    remedy = f"write framework: {' or '.join(names) or cuda.TOOLKIT}"
    keys = (f"pip:{bringing[0]}", "requirements", "project")
    place = next((key for key in keys if key in target.places), "")
    reason = f"not known: which CUDA {bringing[0]} brings, as no `framework` chooses its release"
    yield Verdict("packages", None, reason, "", remedy, place)


def _name(text: str) -> str:
    return canonicalize_name(Requirement(text).name)
