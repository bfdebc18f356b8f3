"""Push a target to a registry, by the engine or straight from a builder, and attach documents to it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from builder.build.bake import bake_with_retry
from builder.build.builders import Builder
from builder.build.contexts import BuildContexts
from builder.core import console, paths, tempdirs
from builder.core.errors import InvalidInputError, Problem
from builder.engine.client import Engine, connect_or_install
from builder.pipeline.build import Prepared, build_target, prepare, write_sbom
from builder.pipeline.plan import make_plan
from builder.pipeline.workspace import Workspace
from builder.registry import attest, provenance, push
from builder.registry.attest import Documents
from builder.registry.push import Pushed
from builder.render.render import render
from builder.resolve.plan import Plan

# Level 9 takes no longer than BuildKit's default and saves 5 %; the highest takes five times as long.
COMPRESSION = "oci-mediatypes=true,compression=zstd,compression-level=9"
_LOCKED_ON_BUILDER = Problem(
    "--locked cannot hold for an image that a named builder pushes: it is never on this machine",
    "leave out --builder, so that this machine's engine builds, is asked and pushes; or leave out --locked",
)


@dataclass(frozen=True)
class PublishOptions:
    """What goes with a pushed image: `attest` attaches documents, `sign` has cosign sign them, by `key`."""

    attest: bool = False
    sign: bool = False
    key: str | None = None


def publish_target(
    name: str, registry: str, builder: Builder, options: PublishOptions, *, require_locked: bool = False
) -> Pushed:
    """Build a target if need be, push it, and ask the registry for what it holds. Raises TailboxError.

    A named builder pushes by itself: this machine's engine never has the image, so nothing there can be
    compared with the lock, and `require_locked` is refused.
    """
    push.destination("tailbox/x:1", registry)
    if builder.name is None:
        built = build_target(name, builder, require_locked=require_locked)
        console.step(f"pushing {built.image.tag} to {registry}")
        pushed = push.push(built.image.tag, registry, built.engine)
        source = _Source(built.plan, built.sources, built.workspace, built.engine, built.image.tag)
    else:
        if require_locked:
            raise InvalidInputError(_LOCKED_ON_BUILDER)
        workspace, engine = Workspace.open(), connect_or_install()
        prepared = prepare(make_plan(name, workspace), workspace, engine, for_remote_daemon=True)
        pushed = push_from_builder(prepared, registry, builder, engine)
        source = _Source(prepared.plan, prepared.sources, workspace, engine, pushed.deploy)
    if options.attest or options.sign:
        _publish_documents(source, pushed, options)
    return pushed


def push_from_builder(prepared: Prepared, registry: str, builder: Builder, engine: Engine) -> Pushed:
    """Build on a named builder and let it push.

    Layers that the builder's cache has in the same registry are neither built nor pulled. Raises
    TailboxError with the step that failed, PushError when the registry holds something else.
    """
    target, reference = prepared.plan.target, push.destination(prepared.plan.tag, registry)
    console.step(f"building {target} on {builder.name}, and pushing {reference}")
    with tempdirs.folder(tempdirs.temporary()) as folder:
        metadata = folder / "metadata.json"
        settings = (f"tags={reference}", f"output=type=image,push=true,{COMPRESSION}")
        options = [part for setting in settings for part in ("--set", f"{target}.{setting}")]
        options += [*builder.options([target], engine), "--metadata-file", str(metadata)]
        bake_with_retry(prepared.folder, engine, options)
        image = json.loads(metadata.read_text())[target]
    digest = image["containerimage.digest"]
    return push.verified(reference, digest, image.get("containerimage.config.digest", digest), engine)


@dataclass(frozen=True)
class _Source:
    """What the documents of an image are made of; `image` is the name under which the engine can run it."""

    plan: Plan
    contexts: BuildContexts
    workspace: Workspace
    engine: Engine
    image: str


def _publish_documents(source: _Source, pushed: Pushed, options: PublishOptions) -> None:
    """Write SBOM and provenance into `build/<target>/`, and attach or sign them in the registry."""
    console.step(f"describing {pushed.deploy}")
    documents = _write_documents(source, pushed)
    if options.attest:
        attest.attach(pushed.deploy, documents, source.workspace.facts.versions)
    if options.sign:
        attest.sign(pushed.deploy, options.key, documents)


def _write_documents(source: _Source, pushed: Pushed) -> Documents:
    plan, versions = source.plan, source.workspace.facts.versions
    folder = paths.build_dir(plan.target)
    base = f"docker-image://{plan.base}" if plan.base else source.contexts.base
    predicate = provenance.predicate(plan, render(plan, source.workspace.templates), base)
    statement = provenance.statement(pushed.reference.rpartition(":")[0], pushed.digest, predicate)
    return Documents(
        sbom=write_sbom(plan, source.contexts, versions, source.engine, source.image, pushed.digest),
        provenance=_write_json(folder / "provenance.intoto.json", statement),
        predicate=_write_json(folder / "provenance.json", predicate),
    )


def _write_json(file: Path, content: dict[str, object]) -> Path:
    file.write_text(json.dumps(content, indent=1) + "\n")
    return file
