"""A lock of wheels is read whole: each package with its version and every hash."""

from __future__ import annotations

from builder.lock.pins import parse_pins, unsatisfied

LOCK = """\
# a comment
Foo.Bar==1.0.0 \\
    --hash=sha256:aa \\
    --hash=sha256:bb
idna==3.10 \\
    --hash=sha256:cc
"""


def test_a_pin_has_its_canonical_name_its_version_and_every_hash() -> None:
    first, second = parse_pins(LOCK)
    assert (first.name, str(first.version)) == ("foo-bar", "1.0.0")
    assert first.text == "Foo.Bar==1.0.0 \\\n    --hash=sha256:aa \\\n    --hash=sha256:bb\n"
    assert second.text == "idna==3.10 \\\n    --hash=sha256:cc\n"


def test_what_the_pins_do_not_satisfy_is_named() -> None:
    wanted = ["foo_bar>=1", "idna<3", "rich"]
    assert unsatisfied(wanted, parse_pins(LOCK)) == ["idna<3", "rich"]
