"""Provenance names what an image was built of, and whose it is."""

from __future__ import annotations

import hashlib

from builder.core import paths
from builder.pipeline.plan import make_plan
from builder.pipeline.workspace import Workspace
from builder.registry import provenance
from builder.render.render import render

PLAN = make_plan("cuda-pytorch", Workspace.open())
FILES = render(PLAN, paths.data("templates"))
FOUND = provenance.predicate(PLAN, FILES, "docker-image://base")


def dependencies() -> list[dict[str, object]]:
    definition = FOUND["buildDefinition"]
    assert isinstance(definition, dict)
    return list(definition["resolvedDependencies"])


def test_every_wheel_is_named_with_the_hashes_of_the_lock() -> None:
    pins = [str(pin).replace("==", "@") for layer in PLAN.wheels for pin in layer.pins]
    wheels = {str(one["uri"]): one["annotations"] for one in dependencies() if "annotations" in one}
    assert {f"pkg:pypi/{pin.lower()}" for pin in pins} <= set(wheels)
    assert all(isinstance(hashes, dict) and hashes["sha256"] for hashes in wheels.values())


def test_every_rendered_file_has_its_digest() -> None:
    named = {str(one["name"]): one["digest"] for one in dependencies() if "name" in one}
    assert named == {name: {"sha256": hashlib.sha256(content).hexdigest()} for name, content in FILES.items()}


def test_the_statement_is_about_the_image() -> None:
    said = provenance.statement("r.example/cuda", "sha256:abc", FOUND)
    assert said["subject"] == [{"name": "r.example/cuda", "digest": {"sha256": "abc"}}]
    assert said["predicateType"] == "https://slsa.dev/provenance/v1"
