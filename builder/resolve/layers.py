"""Which wheels go into which layer of an image. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from builder.facts import slim_rules
from builder.facts.models import Facts
from builder.lock.pins import Pin
from builder.resolve.plan import WheelLayer


def wheel_layers(pins: tuple[Pin, ...], facts: Facts, apt: tuple[str, ...] | None) -> tuple[WheelLayer, ...]:
    """Group the wheels into layers, from rarely to often changing; no layer is empty."""
    names = [rule.name for rule in facts.compat.layers] + ["packages"]
    taken = {
        pin.name: next((rule.name for rule in facts.compat.layers if rule.takes(pin.name)), "packages")
        for pin in pins
    }
    groups = [(name, [pin for pin in pins if taken[pin.name] == name]) for name in names]
    installed = None if apt is None else (*apt, *taken)
    return tuple(wheel_layer(name, group, facts, installed) for name, group in groups if group)


def wheel_layer(
    name: str, pins: Sequence[Pin], facts: Facts, installed: tuple[str, ...] | None
) -> WheelLayer:
    """Return a layer with the slimming rules that fit it and what is `installed` (None: not known)."""
    return WheelLayer(
        name, tuple(pins), slim_rules.fitting(facts.slim, [pin.name for pin in pins], installed)
    )
