"""The main job up to the image: plan, render, gather, build. What needs the engine starts here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from builder.build import base_image, contexts, user_base
from builder.build.bake import Image
from builder.build.bake import build_all as build_images
from builder.build.base_image import BaseImage
from builder.build.builders import LOCAL, Builder
from builder.build.contexts import BuildContexts
from builder.build.source_wheels import place_built
from builder.core import console, paths
from builder.core.errors import TailboxError
from builder.engine.client import Engine, connect_or_install, require_space
from builder.engine.images import remove_untagged, restore_tag, tagged_images
from builder.facts.models import Versions
from builder.image import layer_history, sbom
from builder.image.contents import Contents
from builder.image.verify import verify
from builder.pipeline import lacking
from builder.pipeline.plan import plan_selection, write_rendered
from builder.pipeline.relock import relock_targets
from builder.pipeline.workspace import Workspace
from builder.render.bake_file import BAKE, shared_bake_file
from builder.resolve.plan import Plan


@dataclass(frozen=True)
class Built:
    """An image with what it holds, all that was needed to make it, and all that is needed to prove it."""

    plan: Plan
    image: Image
    contents: Contents
    engine: Engine
    contexts: BuildContexts
    workspace: Workspace

    @property
    def versions(self) -> Versions:
        """The pinned tools that it was built with."""
        return self.workspace.facts.versions


@dataclass(frozen=True)
class Prepared:
    """A target that is ready to be built: its folder holds all that the build takes.

    `base` is the build context of its base image.
    """

    plan: Plan
    folder: Path
    base: str
    contexts: BuildContexts


def prepare(plan: Plan, workspace: Workspace, engine: Engine, *, for_remote_daemon: bool = False) -> Prepared:
    """Render a plan and gather what its build takes. Raises TailboxError.

    A remote BuildKit daemon does not see the engine's images, so its base goes to it as a folder.
    """
    folder = write_rendered(plan, workspace)
    versions = workspace.facts.versions
    gathered = contexts.gather(versions.on(plan.debian), engine, plan.pythons.managed)
    base = BaseImage(plan.base) if plan.base else gathered.base
    base_context = base_image.for_daemon(base, engine) if for_remote_daemon else base.context
    suite = user_base.suite(plan.base, engine) if plan.base else plan.debian
    contexts.place(gathered, base_context, suite, folder, plan.indexes)
    if plan.base or suite != versions.debian:
        contexts.place_host(versions.debian, folder / "sources" / "members")
    place_built(plan, folder, workspace.images / "locks", engine)
    return Prepared(plan, folder, base_context, gathered)


def build_target(name: str, builder: Builder = LOCAL, *, require_locked: bool = False) -> Built:
    """Build one target; `require_locked` refuses another base and other Debian packages than locked."""
    return build_targets([name], builder, require_locked=require_locked)[0]


def build_targets(
    names: Sequence[str], builder: Builder = LOCAL, *, require_locked: bool = False
) -> list[Built]:
    """Build several targets in one run, in which a step that they share runs once. Raises TailboxError."""
    workspace, engine = Workspace.open(), connect_or_install()
    plans = [plan_for_build(name, workspace) for name in names]
    _require_space(plans, engine)
    remote = builder.name is not None
    prepared = [prepare(plan, workspace, engine, for_remote_daemon=remote) for plan in plans]
    tags = {plan.target: str(plan.reference) for plan in plans}
    previous = tagged_images(tags.values(), engine)
    layers = [layer_history.image_layers(layer_history.previous_image(plan, engine)) for plan in plans]
    images = build_images(bake_folder(prepared), tags, engine, builder)
    for old, image in zip(layers, images, strict=True):
        layer_history.report_rebuilt(old, layer_history.image_layers(engine.client.images.get(image.id)))
    contents = verify_all(names, prepared, images, previous, engine, require_locked=require_locked)
    for name, plan, content in zip(names, plans, contents, strict=True):
        lacking.report(name, plan, content)
    return [
        Built(one.plan, image, content, engine, one.contexts, workspace)
        for one, image, content in zip(prepared, images, contents, strict=True)
    ]


def plan_for_build(name: str, workspace: Workspace) -> Plan:
    """Plan a target. A user's own target that was never locked is locked first, so that it stays as it is."""
    selection = workspace.select(name)
    target = selection.target
    for note in selection.notes:
        console.note(str(note))
    if target.user_file and not workspace.lock_files(target).venv.is_file():
        list(relock_targets([name], workspace))
    return plan_selection(selection, workspace)


def verify_all(
    names: Sequence[str],
    prepared: Sequence[Prepared],
    images: Sequence[Image],
    previous: Mapping[str, str],
    engine: Engine,
    *,
    require_locked: bool,
) -> list[Contents]:
    """Verify each image and return what each holds. One that fails loses its tag to the `previous` image.

    Only then images that no tag names any more go. Raises TailboxError with the problems of all.
    """
    contents: list[Contents] = []
    refused: list[TailboxError] = []
    for name, one, image in zip(names, prepared, images, strict=True):
        try:
            contents.append(
                verify(name, one.plan, image, one.contexts, engine, require_locked=require_locked)
            )
        except TailboxError as error:
            restore_tag(image.tag, previous, engine)
            refused.append(error)
    remove_untagged(previous.values(), engine)
    if refused:
        raise refused[0] if len(refused) == 1 else TailboxError(*chain(*(each.problems for each in refused)))
    return contents


def bake_folder(ready: Sequence[Prepared]) -> Path:
    """The folder where `docker buildx bake` builds them all: that of one target, or the one above."""
    if len(ready) == 1:
        return ready[0].folder
    folder = ready[0].folder.parent
    (folder / BAKE).write_bytes(shared_bake_file((one.plan, one.base) for one in ready))
    return folder


def _require_space(plans: Sequence[Plan], engine: Engine) -> None:
    """Room for the largest of the targets that are not here yet; the others share most of its layers."""
    new = [plan.disk_gb for plan in plans if not engine.client.images.list(name=str(plan.reference))]
    if new:
        require_space(engine, max(new))


def declare_contents(built: Built) -> Path:
    """Write what the image holds beside the report."""
    image = built.image
    return write_sbom(built.plan, built.contexts, built.versions, built.engine, image.tag, image.id)


def write_sbom(
    plan: Plan, gathered: BuildContexts, versions: Versions, engine: Engine, image: str, digest: str
) -> Path:
    """Ask an image (pulled if it is not here) for its contents, and write them beside the report."""
    components = sbom.components(image, gathered.tailscaled / "tailscaled", versions, engine)
    return sbom.write(paths.build_dir(plan.target), sbom.document(image, digest, versions.epoch, components))


def describe(image: Image) -> str:
    """Describe for a person what was built."""
    rows = {"tag": image.tag, "digest": image.id, "size on disk": f"{image.size / 1e9:.2f} GB"}
    if image.compressed:
        rows["compressed"] = f"{image.compressed / 1e9:.2f} GB (zstd level 3, all layers)"
    rows["build step"] = f"{image.seconds:.1f} s{', all cached' if image.cached else ''}"
    return "\n".join(f"{name:<13} {value}" for name, value in rows.items())
