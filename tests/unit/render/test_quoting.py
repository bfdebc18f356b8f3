"""Whatever a user's own target says stays data: no text of it is run, expanded or read as a template."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from builder.core import paths
from builder.render.render import render
from builder.targets.target import load_target
from tests.unit.targets.user_target import own, planned

TEMPLATES = paths.data("templates")

# Each would do harm if it reached a shell, a Dockerfile, a bake file or a template unquoted.
HOSTILE = [
    "$(touch /tmp/owned)",
    "`id`",
    "${PATH}",
    '"; RUN id; "',
    "{{ plan }}",
    "{% raw %}",
    "a\\",
    "'",
    "#",
    "\\$x",
    "é\u2028x",
]


@pytest.mark.parametrize("value", HOSTILE)
def test_hostile_text_in_any_field_stays_data(tmp_path: Path, value: str) -> None:
    (tmp_path / "blob").write_text(value)
    document = {
        "description": value,
        "env": {"MINE": value},
        "files": {f"/etc/{value.replace('/', '_')}": "blob"},
        "run": {"after_system": [value], "after_packages": [value], "at_the_end": [value]},
    }
    (tmp_path / "mine.yaml").write_text(json.dumps(document))
    files = render(planned(load_target(str(tmp_path / "mine.yaml"))), TEMPLATES)
    lines = files["Dockerfile"].decode().split("\n")
    plain = render(
        planned(
            own(
                tmp_path,
                "env: {MINE: x}\nfiles: {/etc/x: blob}\n"
                "run: {after_system: [x], after_packages: [x], at_the_end: [x]}\n",
            )
        ),
        TEMPLATES,
    )
    changed = [(a, b) for a, b in zip(lines, plain["Dockerfile"].decode().split("\n"), strict=True) if a != b]
    assert [b.split("=")[0] for _, b in changed if not b.startswith("# mine:")] == [
        "ENV MINE",
        "LABEL org.opencontainers.image.description",
        "LABEL dev.tailbox.steps",
    ]
    assert files["hooks/after_system-0.sh"].decode() == value
    assert json.loads(files["files/list.json"])[0]["path"] == f"/etc/{value.replace('/', '_')}"
    assert json.loads(files["docker-bake.json"]) == json.loads(plain["docker-bake.json"])
