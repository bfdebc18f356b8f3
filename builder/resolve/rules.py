"""Judge a release's wheels on a machine, rule by rule, each with its reason and source. Pure."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass

from builder.facts.compute_capability import code_for, number
from builder.facts.models import Compat
from builder.facts.release import Release
from builder.resolve.machine import Machine


@dataclass(frozen=True)
class Verdict:
    """The answer of one rule about a machine; `serves` is None if it is not known.

    `remedy` is what helps where that is no change of release or driver, `place` the key that is to blame.
    """

    what: str
    serves: bool | None
    reason: str
    source: str
    remedy: str = ""
    place: str = "framework"


def fit(name: str, release: Release, host: Machine, compat: Compat) -> tuple[Verdict, ...]:
    """Return every rule's verdict; the machine is served if all of them say so."""
    of = f"{name} {release.version}"
    return (
        *_code(of, release, host, compat),
        *_libraries(of, release, host),
        *runs(of, release.cuda, release.compiler, host, compat),
    )


def _libraries(of: str, release: Release, host: Machine) -> Iterator[Verdict]:
    """Judge the other libraries of a release, which can have dropped a GPU for which it holds code."""
    if host.gpu and release.floor and release.drops(host.gpu):
        reason = f"{of} fails on {host.named}, older than {release.floor.gpu}: {release.floor.why}"
        yield Verdict(host.gpu, False, reason, release.source)


def _code(of: str, release: Release, host: Machine, compat: Compat) -> Iterator[Verdict]:
    """Look for machine code of the GPU's major version, else for PTX that the driver compiles."""
    if host.gpu is None:
        return
    if report := release.broken.get(host.gpu):
        yield Verdict(host.gpu, False, f"{of} is known to fail on {host.named}", report)
        return
    if arch := code_for(host.gpu, release.archs):
        reason = f"the wheel of {of} holds {arch} code" + (
            "" if arch == host.gpu else f", which runs on {host.gpu}: same major version, not above it"
        )
        yield Verdict(host.gpu, True, reason, compat.sources["binary"])
        return
    yield _by_ptx(of, release, host, compat)


def _by_ptx(of: str, release: Release, host: Machine, compat: Compat) -> Verdict:
    assert host.gpu is not None
    usable = [ptx for ptx in release.ptx if number(ptx) <= number(host.gpu)]
    if not usable:
        reason = (
            f"{of} holds no machine code for {host.gpu} and no PTX to make it from (it holds "
            f"{' '.join(release.archs)}): it would import and then fail at the first kernel"
        )
        return Verdict(host.gpu, False, reason, release.source)
    floor = compat.toolkits.get(release.compiler, 0)
    serves = host.branch is None or host.branch >= floor
    reason = (
        f"{of} holds PTX of {usable[-1]}, which a driver of CUDA {release.compiler} (>= {floor}) compiles"
    )
    reason += " at the first use, for minutes" if serves else f"; {host.driver} is older"
    return Verdict(host.gpu, serves, reason, compat.sources["ptx"])


def runs(
    of: str, cuda: str, compiler: str, host: Machine, compat: Compat, *, ours: bool = True
) -> Iterator[Verdict]:
    """Judge the driver by GPU and CUDA; `ours` is a CUDA from wheels, else the base image's."""
    place = "framework" if ours else "base"
    for verdict in (*_known(host, compat), *_floor(of, cuda, compiler, host, compat, ours=ours)):
        yield dataclasses.replace(verdict, place=place)


def _known(host: Machine, compat: Compat) -> Iterator[Verdict]:
    """Judge the driver by GPU: it knows the GPUs of its time, and later branches drop old ones."""
    if host.gpu is None or host.branch is None:
        return
    facts = compat.gpus[host.gpu]
    if host.branch < facts.driver:
        reason = f"{host.named} needs driver >= {facts.driver}; {host.driver} does not know it"
        yield Verdict("driver", False, reason, compat.sources["gpu"])
    elif facts.last and host.branch > facts.last:
        reason = f"{host.named} is served by drivers up to {facts.last}; {host.driver} dropped it"
        yield Verdict("driver", False, reason, compat.sources["legacy"])


def _floor(
    of: str, version: str, compiler: str, host: Machine, compat: Compat, *, ours: bool
) -> Iterator[Verdict]:
    """Judge the driver by the floor of the CUDA major version and by minor version compatibility."""
    if host.branch is None:
        return
    major = version.split(".")[0]
    cuda = compat.cuda[major]
    if host.branch < cuda.driver:
        reason = (
            f"{of} is built for CUDA {version}, which needs driver >= {cuda.driver}; it is {host.driver}. "
        )
        bridged = not ours and host.kind == "datacenter"
        reason += (
            f"Not known: whether its cuda-compat-{major} bridges that" if bridged else _forward(host, major)
        )
        yield Verdict("driver", None if bridged else False, reason, cuda.source)
        return
    own = compat.toolkits.get(compiler)
    reason = f"CUDA {major}.x runs on driver >= {cuda.driver}"
    if own and host.branch < own:
        reason += (
            f"; {host.driver} is older than CUDA {compiler}'s own ({own}): by minor version "
            "compatibility machine code runs, PTX made by that toolkit does not"
        )
    yield Verdict("driver", True, reason, cuda.source)


def _forward(host: Machine, major: str) -> str:
    """Say what NVIDIA's forward compatibility package (cuda-compat) can do for a driver that is too old."""
    package = f"cuda-compat-{major}"
    if host.kind == "datacenter":
        return f"On a data centre GPU {package} can bridge that on the host; an image of ours never holds it"
    if host.kind:
        return f"{package} cannot help: on {host.card} CUDA then refuses to start (error 804)"
    return f"{package} helps on data centre GPUs only"
