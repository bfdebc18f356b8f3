"""Verify that a built image is what its tag says, and made of what its lock says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from packaging.utils import canonicalize_name
from packaging.version import Version

from builder.build import user_base
from builder.build.bake import Image
from builder.build.contexts import BuildContexts
from builder.core.errors import Problem, TailboxError
from builder.engine.client import Engine
from builder.image.contents import Contents, read_contents
from builder.lock.debian import BASE, verify_debian_lock
from builder.resolve.image_tag import image_tag
from builder.resolve.plan import Plan


def verify(
    reference: str, plan: Plan, image: Image, contexts: BuildContexts, engine: Engine, *, require_locked: bool
) -> Contents:
    """Verify that an image is what its tag and lock say, and return what it holds.

    Raises ImageMismatchError, or with `require_locked` DebianLockMismatchError.
    """
    contents = read_contents(image.id, plan, engine)
    verify_contents(plan, contents)
    verify_packages(reference, plan, contents.debian, contexts, engine, require_locked=require_locked)
    return contents


def verify_packages(
    reference: str,
    plan: Plan,
    installed: Mapping[str, str],
    contexts: BuildContexts,
    engine: Engine,
    *,
    require_locked: bool,
) -> None:
    """Name what is not in the lock of the base and the Debian packages; `require_locked` refuses it."""
    packages = debian_packages(plan, installed, contexts, engine)
    verify_debian_lock(reference, plan.debian_lock, packages, require_locked=require_locked)


def debian_packages(
    plan: Plan, installed: Mapping[str, str], contexts: BuildContexts, engine: Engine
) -> Mapping[str, str]:
    """Return the Debian packages of an image, and the base that they lie on, as a lock names them."""
    base = user_base.pinned(plan.base, engine) if plan.base else contexts.base.pinned
    return {BASE: base, **installed}


class ImageMismatchError(TailboxError):
    """An image is not what it would be called: it gets no tag."""


def verify_contents(plan: Plan, contents: Contents) -> None:
    """Raise ImageMismatchError with every promise of the plan that the image does not keep."""
    if mismatches := [
        *_about_tag(plan, contents),
        *_about_python(plan, contents),
        *_about_archs(plan, contents),
        *_about_lock(plan, contents),
    ]:
        what = "\n  ".join([f"what was built is not {plan.reference}:", *mismatches])
        raise ImageMismatchError(
            Problem(what, "look at what the target's `run` hooks and its `from` image change")
        )


def _about_tag(plan: Plan, contents: Contents) -> Iterator[str]:
    """The tag is made of the answers alone; it must be the one that was planned."""
    true = image_tag(contents.python, contents.tailscale, contents.framework, contents.cuda)
    if true != plan.tag:
        yield f"by its contents it is {replace(plan.reference, tag=true)}"


def _about_python(plan: Plan, contents: Contents) -> Iterator[str]:
    """A Python that uv brings is locked; Debian's is a Debian package like others."""
    locked = plan.pythons.full
    if plan.pythons.managed and contents.full_python != locked:
        yield f"the lock says Python {locked}, /opt/venv has {contents.full_python}"


def _about_archs(plan: Plan, contents: Contents) -> Iterator[str]:
    if plan.code and (lost := [arch for arch in plan.archs if arch not in contents.archs]):
        held = " ".join(contents.archs) or "none"
        yield f"machine code for {' '.join(lost)} is promised, {plan.code} holds {held}"


def _about_lock(plan: Plan, contents: Contents) -> Iterator[str]:
    """Compare the wheels with the lock; wheels that a hook adds are the target's business."""
    installed = {canonicalize_name(name): Version(version) for name, version in contents.wheels.items()}
    pins = [*(pin for layer in plan.wheels for pin in layer.pins), *(s.pin for s in plan.sources if s.pin)]
    for pin in pins:
        if (version := installed.get(canonicalize_name(pin.name))) != pin.version:
            yield f"the lock says {pin.name} {pin.version}, installed is {version or 'missing'}"
