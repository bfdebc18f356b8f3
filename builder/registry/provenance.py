"""Where an image comes from: a SLSA provenance predicate, version 1 (slsa.dev/spec/v1.0/provenance). Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping

from builder.resolve.plan import Plan

PREDICATE = "https://slsa.dev/provenance/v1"


def predicate(plan: Plan, files: Mapping[str, bytes], base: str) -> dict[str, object]:
    """Return what a target was built of: rendered files, base (a build context), wheels with hashes."""
    return {
        "buildDefinition": {
            "buildType": "urn:tailbox:target:1",
            "externalParameters": {"target": plan.target, "tag": str(plan.reference)},
            "internalParameters": {"SOURCE_DATE_EPOCH": str(plan.epoch)},
            "resolvedDependencies": [*_files(files), {"uri": base}, *_wheels(plan)],
        },
        "runDetails": {"builder": {"id": "urn:tailbox:builder"}},
    }


def statement(repository: str, digest: str, content: dict[str, object]) -> dict[str, object]:
    """The predicate about one image, by its manifest's digest, as in-toto has it."""
    algorithm, _, value = digest.partition(":")
    return {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": repository, "digest": {algorithm: value}}],
        "predicateType": PREDICATE,
        "predicate": content,
    }


def _files(files: Mapping[str, bytes]) -> Iterator[dict[str, object]]:
    for name, content in sorted(files.items()):
        yield {"name": name, "digest": {"sha256": hashlib.sha256(content).hexdigest()}}


def _wheels(plan: Plan) -> Iterator[dict[str, object]]:
    """Yield each wheel by address or package URL; the lock allows several files: hashes are annotations."""
    for layer in plan.environments:
        for pin in layer.pins:
            uri = pin.url or f"pkg:pypi/{pin.name}@{pin.version}"
            yield {"uri": uri, "annotations": {"sha256": list(pin.hashes)}}
