"""From a target to a registry: pushed by the engine or straight from a builder, then told about."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from builder.build.bake import bake_with_retry
from builder.build.base_image import BaseImage
from builder.build.builders import Builder
from builder.build.contexts import BuildContexts
from builder.core import console, paths, tempdirs
from builder.core.reference import Reference
from builder.engine.client import Engine, connect_or_install
from builder.engine.oci_layout import Layout
from builder.image.oci_packages import packages
from builder.image.verify import verify_packages
from builder.pipeline.build import Prepared, build_target, plan_for_build, prepare, write_sbom
from builder.pipeline.workspace import Workspace
from builder.registry import attest, provenance, push
from builder.registry.attest import Documents
from builder.registry.push import Pushed
from builder.render.render import render
from builder.resolve.plan import Plan

# Level 9 takes no longer than BuildKit's default and saves 5 %; the highest takes five times as long.
COMPRESSION = "oci-mediatypes=true,compression=zstd,compression-level=9"


@dataclass(frozen=True)
class PublishOptions:
    """What is said about a pushed image: `attest` attaches facts, `sign` has cosign sign them, by `key`."""

    attest: bool = False
    sign: bool = False
    key: str | None = None


def publish_target(
    name: str,
    registry: str,
    builder: Builder,
    options: PublishOptions,
    *,
    require_locked: bool = False,
) -> Pushed:
    """Build a target if need be, push it, and ask the registry for what it holds. Raises TailboxError.

    A named builder pushes by itself: nothing passes through this machine's engine.
    """
    push.destination(Reference("x", "1"), registry)
    if builder.name:
        workspace, engine = Workspace.open(), connect_or_install()
        prepared = prepare(plan_for_build(name, workspace), workspace, engine, for_remote_daemon=True)
        if require_locked:
            _require_locked(name, prepared, builder, engine)
        pushed = from_builder(prepared, registry, builder, engine)
        plan, contexts, image = prepared.plan, prepared.contexts, pushed.deploy
    else:
        built = build_target(name, builder, require_locked=require_locked)
        console.step(f"pushing {built.image.tag} to {registry}")
        pushed = push.push(built.plan.reference, registry, built.engine)
        workspace, engine = built.workspace, built.engine
        plan, contexts, image = built.plan, built.contexts, built.image.tag
    if options.attest or options.sign:
        console.step(f"telling about {pushed.deploy}")
        _tell(plan, workspace, contexts, engine, image, pushed, options)
    return pushed


def _require_locked(reference: str, prepared: Prepared, builder: Builder, engine: Engine) -> None:
    """Build on a named builder into a folder here, and raise DebianLockMismatchError before a push.

    The push that follows finds every step in the builder's cache.
    """
    target = prepared.plan.target
    console.step(f"building {target} on {builder.name}, to compare its Debian packages with the lock")
    with tempdirs.folder() as folder:
        output = f"{target}.output=type=oci,tar=false,dest={folder / 'image'}"
        bake_with_retry(prepared.folder, engine, [*builder.options([target], engine), "--set", output])
        installed = packages(Layout(folder / "image")).debian
    verify_packages(reference, prepared.plan, installed, prepared.contexts, engine, require_locked=True)


def from_builder(prepared: Prepared, registry: str, builder: Builder, engine: Engine) -> Pushed:
    """Build on a named builder and let it push.

    Layers that the builder's cache has in the same registry are neither built nor pulled. Raises
    TailboxError with the step that failed, PushError when the registry holds something else.
    """
    target, reference = prepared.plan.target, push.destination(prepared.plan.reference, registry)
    console.step(f"building {target} on {builder.name}, and pushing {reference}")
    with tempdirs.folder(tempdirs.temporary()) as folder:
        metadata = folder / "metadata.json"
        settings = (f"tags={reference}", f"output=type=image,push=true,{COMPRESSION}")
        options = [part for setting in settings for part in ("--set", f"{target}.{setting}")]
        options += [*builder.options([target], engine), "--metadata-file", str(metadata)]
        bake_with_retry(prepared.folder, engine, options)
        result = json.loads(metadata.read_text())[target]
    image = result.get("containerimage.config.digest", result["containerimage.digest"])
    return push.verified(reference, result["containerimage.digest"], image, engine)


def _tell(
    plan: Plan,
    workspace: Workspace,
    contexts: BuildContexts,
    engine: Engine,
    image: str,
    pushed: Pushed,
    options: PublishOptions,
) -> None:
    """Write what is to be said into `build/<target>/`, and put it beside the image."""
    folder, versions = paths.build_dir(plan.target), workspace.facts.versions
    base = BaseImage(plan.base) if plan.base else contexts.base
    content = provenance.predicate(plan, render(plan, workspace.templates), base.context)
    statement = provenance.statement(pushed.reference.repository, pushed.digest, content)
    documents = Documents(
        sbom=write_sbom(plan, contexts, versions, engine, image, pushed.digest),
        provenance=_written(folder / "provenance.intoto.json", statement),
        predicate=_written(folder / "provenance.json", content),
    )
    if options.attest:
        attest.attach(pushed.deploy, documents, versions)
    if options.sign:
        attest.sign(pushed.deploy, options.key, documents)


def _written(file: Path, content: dict[str, object]) -> Path:
    file.write_text(json.dumps(content, indent=1) + "\n")
    return file
