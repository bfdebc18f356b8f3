"""Whether a release's wheels serve a machine, rule by rule, each with its reason and source. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from builder.facts import Compat, Release, code_for
from builder.fatbin import number
from builder.hosts import Host


@dataclass(frozen=True)
class Verdict:
    """What one rule says of a release on a machine."""

    what: str
    serves: bool
    reason: str
    source: str


def fit(name: str, release: Release, host: Host, compat: Compat) -> tuple[Verdict, ...]:
    """Every rule's verdict; the machine is served when all of them say so."""
    return tuple(verdict for rule in RULES for verdict in rule(name, release, host, compat))


def _code(name: str, release: Release, host: Host, compat: Compat) -> Iterator[Verdict]:
    """Machine code of the GPU's own major version, else PTX that the driver compiles."""
    if host.gpu is None:
        return
    of = f"{name} {release.version}"
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


def _by_ptx(of: str, release: Release, host: Host, compat: Compat) -> Verdict:
    assert host.gpu is not None
    usable = [ptx for ptx in release.ptx if number(ptx) <= number(host.gpu)]
    if not usable:
        reason = (
            f"{of} holds no machine code for {host.gpu} and no PTX to make it from (it holds "
            f"{' '.join(release.archs)}): it would import and then fail at the first kernel"
        )
        return Verdict(host.gpu, False, reason, release.source)
    floor = compat.toolkits.get(release.cuda, 0)
    serves = host.branch is None or host.branch >= floor
    reason = f"{of} holds PTX of {usable[-1]}, which a driver of CUDA {release.cuda} (>= {floor}) compiles"
    reason += " at the first use, for minutes" if serves else f"; {host.driver} is older"
    return Verdict(host.gpu, serves, reason, compat.sources["ptx"])


def _known(name: str, release: Release, host: Host, compat: Compat) -> Iterator[Verdict]:
    """A driver knows the GPUs that were there when it was made, and drops old ones in time."""
    del name, release
    if host.gpu is None or host.branch is None:
        return
    facts = compat.gpus[host.gpu]
    if host.branch < facts.driver:
        reason = f"{host.named} needs driver >= {facts.driver}; {host.driver} does not know it"
        yield Verdict("driver", False, reason, compat.sources["gpu"])
    elif facts.last and host.branch > facts.last:
        reason = f"{host.named} is served by drivers up to {facts.last}; {host.driver} dropped it"
        yield Verdict("driver", False, reason, compat.sources["legacy"])


def _floor(name: str, release: Release, host: Host, compat: Compat) -> Iterator[Verdict]:
    """The driver floor of a CUDA major version, and what minor version compatibility leaves out."""
    if host.branch is None:
        return
    cuda, of = compat.cuda[release.cuda_major], f"{name} {release.version}"
    if host.branch < cuda.driver:
        reason = f"{of} is built for CUDA {release.cuda}, which needs driver >= {cuda.driver}; it is "
        reason += f"{host.driver}. {_forward(host, release)}"
        yield Verdict("driver", False, reason, cuda.source)
        return
    own = compat.toolkits.get(release.cuda)
    reason = f"CUDA {release.cuda_major}.x runs on driver >= {cuda.driver}"
    if own and host.branch < own:
        reason += (
            f"; {host.driver} is older than CUDA {release.cuda}'s own ({own}): by minor version "
            "compatibility machine code runs, PTX made by that toolkit does not"
        )
    yield Verdict("driver", True, reason, cuda.source)


def _forward(host: Host, release: Release) -> str:
    """What NVIDIA's forward compatibility package (cuda-compat) can do for a driver that is too old."""
    package = f"cuda-compat-{release.cuda_major}"
    if host.kind == "datacenter":
        return f"On a data centre GPU {package} can bridge that on the host; an image of ours never holds it"
    if host.kind:
        return f"{package} cannot help: on {host.card} CUDA then refuses to start (error 804)"
    return f"{package} helps on data centre GPUs only"


RULES: tuple[Callable[[str, Release, Host, Compat], Iterator[Verdict]], ...] = (_code, _known, _floor)
