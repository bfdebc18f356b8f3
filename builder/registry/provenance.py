"""Describe where an image comes from: a SLSA provenance predicate (slsa.dev/spec/v1.0/provenance)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping

from builder.resolve.plan import Plan

PREDICATE = "https://slsa.dev/provenance/v1"
_PIN = re.compile(r"(?m)^([A-Za-z0-9._-]+)==([^\s\\;]+)((?:.*\\\n\s+--hash=sha256:[0-9a-f]{64})*)")


def predicate(plan: Plan, files: Mapping[str, bytes], base: str) -> dict[str, object]:
    """Return what a target was built of: rendered files, base (a build context), wheels with their hashes."""
    return {
        "buildDefinition": {
            "buildType": "urn:tailbox:target:1",
            "externalParameters": {"target": plan.target, "tag": plan.tag},
            "internalParameters": {"SOURCE_DATE_EPOCH": str(plan.epoch)},
            "resolvedDependencies": [*_files(files), {"uri": base}, *_wheels(plan)],
        },
        "runDetails": {"builder": {"id": "urn:tailbox:builder"}},
    }


def statement(repository: str, digest: str, content: dict[str, object]) -> dict[str, object]:
    """Return the in-toto statement: the predicate about one image, named by its manifest's digest."""
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
    """Each wheel by its package URL; the lock takes any of several files, so the hashes are annotations."""
    for layer in plan.environments:
        for name, version, hashes in _PIN.findall(layer.text):
            allowed = re.findall(r"sha256:([0-9a-f]{64})", hashes)
            yield {"uri": f"pkg:pypi/{name.lower()}@{version}", "annotations": {"sha256": allowed}}
