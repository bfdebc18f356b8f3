"""Load the slimming rules: what to remove from wheels in the step that installs them."""

from __future__ import annotations

import fnmatch
import json
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

from builder.core import model, yaml_document
from builder.core.model import Strict

_KINDS = ("wheels", "remove", "strip", "link", "but")


class SlimRule(Strict):
    """One rule of `images/slim/rules.yaml`; `saves` is in MB, unpacked, where it was `measured`.

    It does not apply to a target that installs a Debian package or a wheel in `unless`.
    """

    name: str
    wheels: tuple[str, ...]
    remove: tuple[str, ...] = ()
    strip: tuple[str, ...] = ()
    link: tuple[str, ...] = ()
    but: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    saves: int
    why: str
    measured: str


class _RuleFile(Strict):
    rules: tuple[SlimRule, ...]


def load(images: Path) -> tuple[SlimRule, ...]:
    """Read the rules. Raises InvalidInputError with file:line."""
    return model.parse(yaml_document.read(images / "slim" / "rules.yaml"), _RuleFile).rules


def fitting(
    rules: Iterable[SlimRule], packages: Sequence[str], installed: Collection[str] | None
) -> tuple[SlimRule, ...]:
    """Return the rules for the packages of one layer, narrowed so that lower layers stay as they are.

    `installed` are the target's Debian packages and wheels, None if the contents of its base are unknown.
    """
    applicable = (
        rule
        for rule in rules
        if not rule.unless or (installed is not None and not {*rule.unless} & {*installed})
    )
    narrowed = (rule.model_copy(update={"wheels": _named(rule, packages)}) for rule in applicable)
    return tuple(rule for rule in narrowed if rule.wheels)


def _named(rule: SlimRule, packages: Sequence[str]) -> tuple[str, ...]:
    matching = {name for pattern in rule.wheels for name in fnmatch.filter(packages, pattern)}
    return tuple(name for name in packages if name in matching)


def rule_file(rules: Iterable[SlimRule]) -> bytes:
    """Encode the rules of a layer for the slimmer in the image's build."""
    data = [{"name": rule.name, **{kind: getattr(rule, kind) for kind in _KINDS}} for rule in rules]
    return (json.dumps(data, indent=1) + "\n").encode()
