"""The main job up to the image: plan, render, gather, build. What needs the engine starts here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path

from builder import catalog
from builder.build import base_image, contexts, user_base
from builder.build.bake import Image
from builder.build.bake import build_all as build_images
from builder.build.builders import LOCAL, Builder
from builder.build.contexts import BuildContexts
from builder.core import paths
from builder.core.errors import TailboxError
from builder.engine.client import Engine, connect, require_space
from builder.engine.images import remove_untagged, restore_tag, tagged_images
from builder.facts.models import Versions
from builder.image import layer_history, sbom
from builder.image.verify import debian_packages, verify
from builder.lock.changes import Relocked, compare_versions
from builder.lock.debian import write_debian_lock
from builder.render.bake_file import BAKE, shared_bake_file
from builder.resolve.plan import Plan
from builder.targets.target import lock_files


@dataclass(frozen=True)
class Built:
    """An image with all that was needed to make it, and that is needed to prove it."""

    plan: Plan
    image: Image
    engine: Engine
    sources: BuildContexts
    versions: Versions


@dataclass(frozen=True)
class Prepared:
    """A target that is ready to be built: its folder holds all that the build takes.

    `base` is the build context of its base image.
    """

    plan: Plan
    folder: Path
    base: str
    sources: BuildContexts


def prepare(wanted: Plan, versions: Versions, running: Engine, *, beside: bool = False) -> Prepared:
    """Render a plan and gather what its build takes. Raises TailboxError.

    `beside` means for a BuildKit daemon that cannot see the engine's images.
    """
    folder = catalog.rendered(wanted)
    gathered = contexts.gather(versions, running)
    placed = gathered.on(wanted.base) if wanted.base else gathered
    if beside:
        placed = replace(placed, base=base_image.for_daemon(placed.base, running))
    if wanted.base:
        contexts.place(placed, user_base.suite(wanted.base, running), folder)
        contexts.place_host(versions.debian, folder / "sources" / "members")
    else:
        contexts.place(placed, versions.debian, folder)
    return Prepared(wanted, folder, placed.base, gathered)


def build(name: str, builder: Builder = LOCAL, *, strictly: bool = False) -> Built:
    """Everything up to the image; `strictly` refuses another base and other Debian packages than locked."""
    return build_all([name], builder, strictly=strictly)[0]


def build_all(names: Sequence[str], builder: Builder = LOCAL, *, strictly: bool = False) -> list[Built]:
    """Several targets in one run, in which a step that they share runs once. Raises TailboxError."""
    running, known = connect(), catalog.known_facts()
    versions = known.versions
    plans = [catalog.plan(name, known=known) for name in names]
    _require_space(plans, running)
    ready = [prepare(plan, versions, running, beside=builder.name is not None) for plan in plans]
    tags = {one.plan.target: one.plan.tag for one in ready}
    before = tagged_images(tags.values(), running)
    layers = [layer_history.image_layers(layer_history.previous_image(plan, running)) for plan in plans]
    images = build_images(together(ready), tags, running, builder)
    for old, image in zip(layers, images, strict=True):
        layer_history.report_rebuilt(old, layer_history.image_layers(running.client.images.get(image.id)))
    built = [
        Built(one.plan, image, running, one.sources, versions)
        for one, image in zip(ready, images, strict=True)
    ]
    _hold(names, built, before, strictly=strictly)
    return built


def _hold(names: Sequence[str], built: Sequence[Built], before: Mapping[str, str], *, strictly: bool) -> None:
    """Hold each image to what it says. One that fails loses its tag to the image that had it `before`.

    Only then what no tag names any more goes. Raises TailboxError with the problems of all.
    """
    refused: list[TailboxError] = []
    for name, each in zip(names, built, strict=True):
        try:
            verify(name, each.plan, each.image, each.sources, each.engine, strictly=strictly)
        except TailboxError as error:
            restore_tag(each.image.tag, before, each.engine)
            refused.append(error)
    remove_untagged(before.values(), built[0].engine)
    if refused:
        raise refused[0] if len(refused) == 1 else TailboxError(*chain(*(each.problems for each in refused)))


def lock_debian(name: str) -> Relocked:
    """Build, and lock the base and the Debian packages that came."""
    built, known = build(name), catalog.known_facts()
    path = lock_files(catalog.loaded(name, known), known.versions).debian
    found = debian_packages(built.plan, built.image, built.sources, built.engine)
    write_debian_lock(path, found)
    return Relocked(path, compare_versions(built.plan.debian_lock, found))


def together(ready: Sequence[Prepared]) -> Path:
    """The folder where `docker buildx bake` builds them all: that of one target, or the one above."""
    if len(ready) == 1:
        return ready[0].folder
    folder = ready[0].folder.parent
    (folder / BAKE).write_bytes(shared_bake_file((one.plan, one.base) for one in ready))
    return folder


def _require_space(plans: Sequence[Plan], running: Engine) -> None:
    """Room for the largest of the targets that are not here yet; the others share most of its layers."""
    new = [plan.disk_gb for plan in plans if not running.client.images.list(name=plan.tag)]
    if new:
        require_space(running, max(new))


def declare(built: Built) -> Path:
    """Write what the image holds beside the report."""
    image = built.image
    return write_sbom(built.plan, built.sources, built.versions, built.engine, image.tag, image.id)


def write_sbom(
    plan: Plan, gathered: BuildContexts, versions: Versions, running: Engine, image: str, digest: str
) -> Path:
    """Ask an image (pulled if it is not here) for its contents, and write them beside the report."""
    found = sbom.components(image, gathered.tailscaled / "tailscaled", versions, running)
    return sbom.write(paths.build_dir(plan.target), sbom.document(image, digest, versions.epoch, found))


def describe(image: Image) -> str:
    """What was built, for a person."""
    rows = {"tag": image.tag, "digest": image.id, "size on disk": f"{image.size / 1e9:.2f} GB"}
    if image.compressed:
        rows["compressed"] = f"{image.compressed / 1e9:.2f} GB (zstd level 3, all layers)"
    rows["build step"] = f"{image.seconds:.1f} s{', all cached' if image.cached else ''}"
    return "\n".join(f"{name:<13} {value}" for name, value in rows.items())
