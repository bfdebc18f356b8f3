"""From a target to a plan: which framework, which CUDA, which driver, and why. Pure: no I/O."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from packaging.requirements import Requirement
from packaging.version import Version

from builder import cuda
from builder.errors import InvalidInput, Problem, did_you_mean
from builder.facts import Facts, Release, Versions, code_for
from builder.lock import Lock, Pin, missing
from builder.plan import Choice, Plan, WheelLayer
from builder.target import Target


@dataclass(frozen=True)
class Selection:
    """The chosen framework release (None without a framework) and what is to be locked for it."""

    release: Release | None
    requirements: tuple[str, ...]
    choices: tuple[Choice, ...]


def select(target: Target, facts: Facts) -> Selection:
    """Choose the framework release. Raises InvalidInput that names both sides of each conflict."""
    release = _framework(target, facts) if target.framework else None
    if problems := cuda.conflicts(target, release, facts.compat.brings_cuda):
        raise InvalidInput(*problems)
    kernel = f"ipykernel=={facts.versions.ipykernel}"
    framework = [f"{_name(target)}=={release.version}", *release.requirements] if release else []
    own = [text for text in target.pip if text != "ipykernel"]
    choices = [
        Choice("python", target.python, f"Debian {facts.versions.debian}'s own"),
        *(_framework_choices(target, release, facts) if release else ()),
    ]
    return Selection(release, (kernel, *framework, *own), tuple(choices))


def jupyter_requirements(versions: Versions) -> tuple[str, ...]:
    """What is locked for /opt/jupyter, whatever the target."""
    return (f"jupyterlab=={versions.jupyterlab}",)


def resolve(target: Target, facts: Facts, lock: Lock) -> Plan:
    """Decide everything. Raises InvalidInput when the target or its lock cannot be kept."""
    selection = select(target, facts)
    if target.python != facts.versions.python:
        raise InvalidInput(_wrong_python(target, facts))
    if problems := _lock_problems(target, facts, selection, lock):
        raise InvalidInput(*problems)
    release, versions = selection.release, facts.versions
    return Plan(
        target=target.name,
        description=target.description,
        tag=_tag(target, release, facts),
        debian=versions.debian,
        python=target.python,
        tailscale=versions.tailscale,
        framework=f"{_name(target)}=={release.version}" if release else None,
        cuda=release.cuda if release else None,
        gpus=target.gpus,
        archs=_archs(target, release) if release else (),
        driver=cuda.driver_floor(target.gpus, release, facts.compat) if release else None,
        ssh=target.ssh,
        jupyter=target.jupyter,
        apt=tuple(sorted(target.apt)),
        env=target.env,
        jupyter_lock="".join(pin.text for pin in lock.jupyter),
        wheels=_layers(lock.venv, facts),
        checks=target.checks,
        disk_gb=target.disk_gb,
        epoch=versions.epoch,
        choices=(
            *selection.choices,
            Choice("ssh", target.ssh, "chosen by the target; NODE_SSH changes it for one run"),
            Choice("tailscale", versions.tailscale, "images/versions.yaml"),
            Choice("jupyterlab", versions.jupyterlab if target.jupyter else "off", "images/versions.yaml"),
        ),
    )


def _name(target: Target) -> str:
    return Requirement(target.framework or "").name


def _framework(target: Target, facts: Facts) -> Release:
    """The newest release that fits the target's own words, its Python, its CUDA and its GPUs."""
    requirement = Requirement(target.framework or "")
    releases = facts.compat.frameworks.get(requirement.name)
    where = target.places.get("framework")
    if releases is None:
        known = facts.compat.frameworks
        hint = did_you_mean(requirement.name, known)
        raise InvalidInput(
            Problem(f"unknown framework {requirement.name!r}{hint}", f"known: {', '.join(known)}", where)
        )
    reasons = []
    for release in sorted(releases, key=lambda release: release.parsed, reverse=True):
        reason = _unfit(release, requirement, target)
        if reason is None:
            return release
        reasons.append(f"{requirement.name} {release.version}: {reason}")
    raise InvalidInput(
        Problem(
            f"no known release of {requirement.name} fits\n  " + "\n  ".join(reasons),
            "change `framework`, `cuda`, `python` or `gpus` so that one of them fits",
            where,
        )
    )


def _unfit(release: Release, requirement: Requirement, target: Target) -> str | None:
    """Why a release cannot be taken, or None when it can."""
    if not requirement.specifier.contains(release.parsed):
        return f"the target asks for {requirement.specifier}"
    if target.python not in release.python:
        return f"has no wheel for Python {target.python}"
    if target.cuda and not cuda.same(target.cuda, release.cuda):
        return f"is built for CUDA {release.cuda}, the target asks for {target.cuda}"
    lost = [gpu for gpu in target.gpus if code_for(gpu, release.archs) is None]
    return f"holds no machine code for {', '.join(lost)}" if lost else None


def _archs(target: Target, release: Release) -> tuple[str, ...]:
    served = {code_for(gpu, release.archs) for gpu in target.gpus}
    return tuple(arch for arch in release.archs if arch in served)


def _framework_choices(target: Target, release: Release, facts: Facts) -> Iterable[Choice]:
    name = _name(target)
    yield Choice(name, release.version, "the newest release that fits the target", release.source)
    yield Choice(
        "cuda", release.cuda, f"what the wheel of {name} {release.version} is built for", release.source
    )
    for gpu in target.gpus:
        arch = code_for(gpu, release.archs)
        cards = ", ".join(facts.compat.gpus[gpu].names) if gpu in facts.compat.gpus else ""
        yield Choice(gpu, str(arch), f"the machine code that serves {cards or gpu}", release.source)
    floor = cuda.driver_floor(target.gpus, release, facts.compat)
    yield Choice(
        "driver", f">= {floor}", f"CUDA {release.cuda} and the target's GPUs need it", "NVIDIA's tables"
    )


def _wrong_python(target: Target, facts: Facts) -> Problem:
    own = facts.versions.python
    return Problem(
        f"Python {target.python} is not Debian {facts.versions.debian}'s own ({own})",
        f'write python: "{own}"',
        target.places.get("python"),
    )


def _lock_problems(target: Target, facts: Facts, selection: Selection, lock: Lock) -> list[Problem]:
    """Requirements that the lock does not hold, and a second CUDA that came in with a wheel."""
    lacking = missing(selection.requirements, lock.venv)
    lacking += missing(jupyter_requirements(facts.versions), lock.jupyter)
    problems = [
        Problem(
            f"the lock of {target.name} does not hold {', '.join(lacking)}", f"tailbox lock {target.name}"
        )
    ] * bool(lacking)
    return problems + cuda.second_cuda(lock.venv, selection.release)


def _layers(pins: tuple[Pin, ...], facts: Facts) -> tuple[WheelLayer, ...]:
    """The wheels in the order of the layers, from rarely to often changing; no layer is empty."""
    names = [rule.name for rule in facts.compat.layers] + ["packages"]
    taken = {
        pin.name: next((rule.name for rule in facts.compat.layers if rule.takes(pin.name)), "packages")
        for pin in pins
    }
    groups = [(name, [pin for pin in pins if taken[pin.name] == name]) for name in names]
    return tuple(
        WheelLayer(name, tuple(f"{p.name}=={p.version}" for p in group), "".join(p.text for p in group))
        for name, group in groups
        if group
    )


def _tag(target: Target, release: Release | None, facts: Facts) -> str:
    """`tailbox/<target>:<contents>`; the prover asks the image whether the contents are so."""
    parts = [f"py{target.python}", f"ts{facts.versions.tailscale}"]
    if release:
        parts = [f"{Version(release.version)}-cu{release.cuda}", *parts]
    return f"tailbox/{target.name}:{'-'.join(parts)}"
