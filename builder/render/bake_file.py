"""The files by which docker buildx bake builds one target, or several in one run."""

from __future__ import annotations

import json
from collections.abc import Iterable

from builder.resolve.plan import Plan

BAKE = "docker-bake.json"
# What the build contexts hold, in words.
CONTEXTS = "contexts.json"


def host_secrets(folder: str) -> list[str]:
    """Return the host's settings, written to a folder, as BuildKit's secrets."""
    files = {"env": "env", "ca": "ca.pem", "apt": "apt.conf", "sources": "sources.list"}
    return [f"id=host-{name},src={folder}/{file}" for name, file in files.items()]


def bake_file(plan: Plan) -> dict[str, object]:
    """Return the bake file; its override file sets TAILBOX_BASE to a local image if there is no registry."""
    return {
        "variable": {
            "TAILBOX_BASE": {"default": f"docker-image://{plan.base or f'debian:{plan.debian}-slim'}"}
        },
        "group": {"default": {"targets": [plan.target]}},
        "target": {plan.target: bake_target(plan, "${TAILBOX_BASE}", ".")},
    }


def shared_bake_file(wanted: Iterable[tuple[Plan, str]]) -> bytes:
    """Return a bake file above the folders of several plans, each with the build context of its base."""
    targets = {plan.target: bake_target(plan, base, plan.target) for plan, base in wanted}
    return json_file({"group": {"default": {"targets": list(targets)}}, "target": targets})


def bake_target(plan: Plan, base: str, folder: str) -> dict[str, object]:
    """Return a target of a bake file, with the build context of its base and the folder of its files."""
    return {
        "context": folder,
        "contexts": {
            **({"built": f"{folder}/sources/built"} if plan.sources else {}),
            "base": base,
            "tailscale": f"{folder}/sources/tailscale",
            "session": f"{folder}/sources/session",
            "uv": f"{folder}/sources/uv",
            **({"cpython": f"{folder}/sources/cpython"} if plan.pythons.managed else {}),
        },
        "args": {"SOURCE_DATE_EPOCH": str(plan.epoch)},
        "secret": host_secrets(f"{folder}/sources/host"),
        "platforms": ["linux/amd64"],
        "tags": [str(plan.reference)],
    }


def json_file(value: object) -> bytes:
    return (json.dumps(value, indent=2, sort_keys=True) + "\n").encode()
