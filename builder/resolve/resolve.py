"""From a target to a plan: which framework, which CUDA, which driver, and why. Pure: no I/O."""

from __future__ import annotations

from dataclasses import dataclass

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from builder.core.errors import InvalidInputError, Problem
from builder.core.notes import Note
from builder.facts.compute_capability import code_for
from builder.facts.models import Facts, Versions
from builder.facts.pythons import ImagePython
from builder.facts.release import Release
from builder.lock import lockfiles
from builder.lock.lockfiles import Lock
from builder.lock.pins import unsatisfied
from builder.resolve import cuda
from builder.resolve.bounds import with_bounds
from builder.resolve.choice import Choice
from builder.resolve.choices import base_choices, framework_choices, named_wheels
from builder.resolve.image_tag import image_tag
from builder.resolve.layers import wheel_layer, wheel_layers
from builder.resolve.local_versions import index_notes, with_public_versions
from builder.resolve.plan import Plan
from builder.resolve.select_release import select_release
from builder.resolve.sources import source_builds, source_problems
from builder.resolve.validate import unsupported_python
from builder.targets.target import Target


@dataclass(frozen=True)
class Selection:
    """A target with the chosen framework release (None without one) and the requirements to lock.

    `python` says for which Pythons.
    """

    target: Target
    python: ImagePython
    release: Release | None
    requirements: tuple[str, ...]
    choices: tuple[Choice, ...]
    notes: tuple[Note, ...]


def select(target: Target, facts: Facts) -> Selection:
    """Choose the framework release. Raises InvalidInputError with every problem, both sides named."""
    target, unmapped = with_public_versions(target, facts)
    problems = (*unsupported_python(target, facts), *unmapped)
    try:
        release = select_release(target, facts)
    except InvalidInputError as error:
        raise InvalidInputError(*problems, *error.problems) from None
    if problems:
        raise InvalidInputError(*problems)
    name = cuda.framework_name(target)
    target, bounds = with_bounds(target, name, release, facts.compat)
    framework = [release.framework_requirement(name), *release.cuda_pins] if release else []
    python = facts.pythons.of_image(target.python, target.base)
    choices = [
        *base_choices(target, python, facts),
        *(framework_choices(target, release, facts) if release else ()),
        *bounds,
        *named_wheels(target),
    ]
    requirements = (*_kernel(target, facts), *framework, *_own(target))
    notes = (*target.notes, *index_notes(target, release))
    return Selection(target, python, release, requirements, tuple(choices), notes)


def _own(target: Target) -> list[str]:
    """Return the target's own requirements without a bare `ipykernel`, which is pinned."""
    return [text for text in target.pip if text != "ipykernel"]


def _kernel(target: Target, facts: Facts) -> list[str]:
    """Return the pinned kernel, unless the target names a version."""
    said = [one for one in map(Requirement, _own(target)) if canonicalize_name(one.name) == "ipykernel"]
    if any(one.specifier for one in said):
        return []
    versions = facts.versions
    return [f"ipykernel=={versions.older_ipykernels.get(target.python, versions.ipykernel)}"]


def jupyter_requirements(target: Target, versions: Versions) -> tuple[str, ...]:
    """Return what is locked for /opt/jupyter: JupyterLab and the target's extensions."""
    return (f"jupyterlab=={versions.jupyterlab}", *target.jupyter.extensions)


def resolve(selection: Selection, facts: Facts, lock: Lock) -> Plan:
    """Decide everything about an image. Raises InvalidInputError when its lock cannot be kept."""
    target, python = selection.target, selection.python
    if problems := _lock_problems(selection, facts, lock):
        raise InvalidInputError(*problems)
    release, versions = selection.release, facts.versions
    sources = source_builds(target, release, lock, facts)
    apt = None if target.base else (*target.apt, *target.extra_apt)
    name = cuda.framework_name(target)
    return Plan(
        target=target.name,
        description=target.description,
        tag=image_tag(
            target.python,
            versions.tailscale,
            release.version if release else "",
            release.cuda if release else "",
        ),
        base=target.base,
        debian=python.debian,
        python=target.python,
        pythons=python,
        tailscale=versions.tailscale,
        framework=f"{name}=={release.version}" if release else None,
        cuda=release.cuda if release else None,
        gpus=target.gpus,
        archs=_archs(target, release) if release else (),
        code=release.code if release else "",
        driver=cuda.driver_floor(target.gpus, release, facts.compat) if release else None,
        ssh=target.ssh,
        jupyter=target.jupyter.enabled,
        apt=tuple(sorted(target.apt)),
        extra_apt=tuple(sorted(target.extra_apt)),
        env=target.env,
        files=target.files,
        hooks=target.hooks,
        jupyterlab=wheel_layer("jupyter", lock.jupyter, facts, apt),
        wheels=wheel_layers(
            tuple(pin for pin in lock.venv if pin.name not in target.from_source), facts, apt
        ),
        sources=sources,
        debian_lock=lock.debian,
        checks=target.checks,
        disk_gb=target.disk_gb,
        epoch=versions.epoch,
        contexts={"base": target.base or _base(python.debian, lock), **_managed(python), **versions.contexts}
        | ({"built": " ".join(source.key for source in sources)} if sources else {}),
        notes=selection.notes,
        indexes=target.indexes,
        choices=(
            *selection.choices,
            *(source.choice for source in sources),
            Choice("ssh", target.ssh, "chosen by the target; NODE_SSH changes it for one run"),
            Choice("tailscale", versions.tailscale, "images/versions.yaml"),
            Choice(
                "jupyterlab", versions.jupyterlab if target.jupyter.enabled else "off", "images/versions.yaml"
            ),
        ),
    )


def _base(debian: str, lock: Lock) -> str:
    """Describe a Debian base in words that change with it."""
    return f"{debian} {lockfiles.base_of(debian, lock.base)}".strip()


def _managed(python: ImagePython) -> dict[str, str]:
    """Describe the Python that uv brings, if it does."""
    return {"cpython": f"{python.full}, {python.managed.sha256}"} if python.managed else {}


def _archs(target: Target, release: Release) -> tuple[str, ...]:
    served = {code_for(gpu, release.archs) for gpu in target.gpus}
    return tuple(arch for arch in release.archs if arch in served)


def _lock_problems(selection: Selection, facts: Facts, lock: Lock) -> list[Problem]:
    """List requirements that the lock does not hold, and a second CUDA that came with a wheel."""
    target = selection.target
    lacking = unsatisfied(selection.requirements, lock.venv)
    held = {pin.name for pin in lock.venv}
    kept = [text for text in target.constraints if canonicalize_name(Requirement(text).name) in held]
    lacking += unsatisfied(kept, lock.venv)
    lacking += unsatisfied(jupyter_requirements(target, facts.versions), lock.jupyter)
    command = f"tailbox lock {target.user_file or target.name}"
    problems = []
    if unwanted := sorted(held.intersection(target.excludes)):
        problems.append(Problem(f"the lock of {target.name} holds {', '.join(unwanted)}, excluded", command))
    if lacking:
        problems.append(Problem(f"the lock of {target.name} does not hold {', '.join(lacking)}", command))
    problems += source_problems(target, lock)
    return problems + cuda.second_cuda(lock.venv, selection.release, facts.compat.without_cuda)
