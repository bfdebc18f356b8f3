"""What the files and the configuration of an image must not hold."""

from __future__ import annotations

import json
from typing import Any

import pytest

from builder.prove import probes
from builder.prove.checks import image_files
from builder.prove.errors import CheckFailedError
from tests.kit.engine import FakeImages, fake_engine
from tests.unit.prove.checks.kit import subject


def image(monkeypatch: pytest.MonkeyPatch, found: dict[str, list[str]], **configuration: Any) -> str:
    monkeypatch.setattr(probes, "run", lambda *_: json.dumps(found))
    images = FakeImages({"sha256:1": ["tailbox/base:1"]}, attrs={"Config": configuration})
    return image_files.image(subject(engine=fake_engine(images=images)))


@pytest.mark.parametrize("user", ["", None, "root", "0"])
def test_a_clean_image_of_root_passes(monkeypatch: pytest.MonkeyPatch, user: str | None) -> None:
    assert image(monkeypatch, {}, User=user, ExposedPorts=None).startswith("nothing writable by all")


@pytest.mark.parametrize(
    ("found", "configuration", "message"),
    [
        ({"set uid": ["/bin/su"]}, {}, "^set uid: /bin/su$"),
        ({"cached": ["/a", "/b", "/c"]}, {}, "^cached: /a, /b, /c$"),
        ({"cached": ["/a", "/b", "/c", "/d", "/e"]}, {}, "^cached: /a, /b, /c and 2 more$"),
        ({"baked in": ["/k"], "cached": ["/a"]}, {}, "^baked in: /k; cached: /a$"),
        ({}, {"ExposedPorts": {"8888/tcp": {}, "22/tcp": {}}}, "^EXPOSE: 22/tcp, 8888/tcp$"),
        ({}, {"User": "dev"}, "^USER: dev$"),
    ],
    ids=["one", "three", "five", "two kinds", "port", "user"],
)
def test_each_problem_is_named(
    monkeypatch: pytest.MonkeyPatch,
    found: dict[str, list[str]],
    configuration: dict[str, Any],
    message: str,
) -> None:
    with pytest.raises(CheckFailedError, match=message):
        image(monkeypatch, found, **configuration)
