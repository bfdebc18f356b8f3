"""A built image is held to what it is called, and to what its lock says it is made of."""

from __future__ import annotations

from collections.abc import Mapping

from builder import contents
from builder.build import base_image, user_base
from builder.build.bake import Image
from builder.build.contexts import BuildContexts
from builder.engine.client import Engine
from builder.lock.debian import BASE, verify_debian_lock
from builder.resolve.plan import Plan


def hold(
    reference: str, plan: Plan, image: Image, sources: BuildContexts, engine: Engine, *, strictly: bool
) -> None:
    """Raises TailboxError: an image is not what it says, or (`strictly`) not what its Debian lock says."""
    contents.require_truth(plan, contents.asked(image.id, plan, engine))
    found = debian(plan, image, sources, engine)
    verify_debian_lock(reference, plan.debian_lock, found, strictly=strictly)


def pinned(plan: Plan, sources: BuildContexts, engine: Engine) -> str:
    """What a lock says of the base that a target is built on."""
    return user_base.pinned(plan.base, engine) if plan.base else base_image.pinned(sources.base)


def debian(plan: Plan, image: Image, sources: BuildContexts, engine: Engine) -> Mapping[str, str]:
    """The Debian packages of an image, and the base that they lie on."""
    return {BASE: pinned(plan, sources, engine), **contents.asked(image.id, plan, engine).debian}
