"""A target file of a test's own, loaded and planned."""

from __future__ import annotations

from pathlib import Path

import pytest

from builder.core.errors import InvalidInputError
from builder.lock import lockfiles
from builder.resolve.plan import Plan
from builder.resolve.resolve import resolve, select
from builder.targets.lock_files import lock_files
from builder.targets.target import Target, load_target
from tests.kit.facts import FACTS, IMAGES


def own(folder: Path, text: str, name: str = "mine") -> Target:
    file = folder / f"{name}.yaml"
    file.write_text(f"description: x\n{text}")
    return load_target(str(file), IMAGES)


def planned(wanted: Target) -> Plan:
    """The plan with base's lock, which holds all that base asks for."""
    shared = lockfiles.read(lock_files(load_target("base", IMAGES), FACTS.versions, IMAGES))
    return resolve(select(wanted, FACTS), FACTS, shared)


def refused(folder: Path, text: str, name: str = "mine") -> str:
    with pytest.raises(InvalidInputError) as caught:
        own(folder, text, name)
    return str(caught.value)
