"""Verify that a built image is what its tag, its promises and its lock say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from packaging.utils import canonicalize_name
from packaging.version import Version

from builder.build import base_image, user_base
from builder.build.bake import Image
from builder.build.contexts import BuildContexts
from builder.core.errors import Problem, TailboxError
from builder.engine.client import Engine
from builder.image.contents import Contents, read_contents
from builder.lock.debian import BASE, verify_debian_lock
from builder.resolve.image_tag import image_tag
from builder.resolve.plan import Plan


def verify(
    reference: str, plan: Plan, image: Image, sources: BuildContexts, engine: Engine, *, require_locked: bool
) -> Contents:
    """Verify that an image is what its tag and lock say, and return what it holds.

    Raises ImageMismatchError, or with `require_locked` DebianLockMismatchError.
    """
    contents = read_contents(image.id, plan, engine)
    verify_contents(plan, contents)
    packages = debian_packages(plan, contents, sources, engine)
    verify_debian_lock(reference, plan.debian_lock, packages, require_locked=require_locked)
    return contents


def locked_base(plan: Plan, sources: BuildContexts, engine: Engine) -> str:
    """Return what a lock says of the base that a target is built on."""
    return user_base.pinned(plan.base, engine) if plan.base else base_image.pinned(sources.base)


def debian_packages(
    plan: Plan, contents: Contents, sources: BuildContexts, engine: Engine
) -> Mapping[str, str]:
    """Return the Debian packages of an image, and the base that they lie on."""
    return {BASE: locked_base(plan, sources, engine), **contents.debian}


class ImageMismatchError(TailboxError):
    """An image is not what its tag would say, so it gets no tag."""


def verify_contents(plan: Plan, contents: Contents) -> None:
    """Raise ImageMismatchError with every promise of the plan that the image does not keep."""
    if mismatches := [
        *_about_tag(plan, contents),
        *_about_archs(plan, contents),
        *_about_lock(plan, contents),
    ]:
        what = "\n  ".join([f"what was built is not {plan.tag}:", *mismatches])
        raise ImageMismatchError(
            Problem(what, "look at what the target's `run` hooks and its `from` image change")
        )


def _about_tag(plan: Plan, contents: Contents) -> Iterator[str]:
    """Compare the planned tag with the one that the contents alone give."""
    actual = image_tag(plan.target, contents.python, contents.tailscale, contents.framework, contents.cuda)
    if actual != plan.tag:
        yield f"by its contents it is {actual}"


def _about_archs(plan: Plan, contents: Contents) -> Iterator[str]:
    if plan.code and (missing := [arch for arch in plan.archs if arch not in contents.archs]):
        held = " ".join(contents.archs) or "none"
        yield f"machine code for {' '.join(missing)} is promised, {plan.code} holds {held}"


def _about_lock(plan: Plan, contents: Contents) -> Iterator[str]:
    """Yield each locked wheel that is missing or in another version; a hook may add others."""
    installed = {canonicalize_name(name): Version(version) for name, version in contents.wheels.items()}
    for layer in plan.wheels:
        for name, _, version in (pin.partition("==") for pin in layer.packages):
            if installed.get(canonicalize_name(name)) != Version(version):
                version_here = installed.get(canonicalize_name(name), "missing")
                yield f"the lock says {name} {version}, installed is {version_here}"
