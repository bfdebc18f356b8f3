"""A built image is held to what it is called, and to what its lock says it is made of."""

from __future__ import annotations

from collections.abc import Mapping

from builder import base, contents, own_base
from builder.build import Image
from builder.engine.client import Engine
from builder.lock.debian import BASE, verify_debian_lock
from builder.resolve.plan import Plan
from builder.sources import Sources


def hold(
    reference: str, plan: Plan, image: Image, sources: Sources, engine: Engine, *, strictly: bool
) -> None:
    """Raises TailboxError: an image is not what it says, or (`strictly`) not what its Debian lock says."""
    contents.require_truth(plan, contents.asked(image.id, plan, engine))
    found = debian(plan, image, sources, engine)
    verify_debian_lock(reference, plan.debian_lock, found, strictly=strictly)


def pinned(plan: Plan, sources: Sources, engine: Engine) -> str:
    """What a lock says of the base that a target is built on."""
    return own_base.pinned(plan.base, engine) if plan.base else base.pinned(sources.base)


def debian(plan: Plan, image: Image, sources: Sources, engine: Engine) -> Mapping[str, str]:
    """The Debian packages of an image, and the base that they lie on."""
    return {BASE: pinned(plan, sources, engine), **contents.asked(image.id, plan, engine).debian}
