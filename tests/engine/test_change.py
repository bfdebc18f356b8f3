"""A change of a target: `tailbox diff` says what it costs, and the build then makes exactly that again."""

from __future__ import annotations

import json
import re
import secrets
from contextlib import suppress
from pathlib import Path

import pytest
from docker.errors import ImageNotFound

from builder.engine.client import Engine
from builder.image.contents import read_contents
from builder.image.verify import ImageMismatchError
from builder.pipeline.build import Built, build_target
from builder.pipeline.diff import diff_target
from builder.pipeline.relock import relock_targets
from builder.pipeline.workspace import Workspace


def _layers(built: Built) -> list[str]:
    layers: list[str] = built.engine.client.images.get(built.image.id).attrs["RootFS"]["Layers"]
    return layers


def _build(file: Path, text: str) -> Built:
    file.write_text(f"description: x\n{text}")
    list(relock_targets([str(file)], Workspace.open()))
    return build_target(str(file))


@pytest.mark.parametrize(
    ("before", "after", "why"),
    [
        ("packages: {pip: [idna]}\n", "packages: {pip: [idna, iniconfig]}\n", "+ iniconfig "),
        (
            "env: {A: '1'}\nrun: {at_the_end: ['true']}\n",
            "env: {A: '1'}\nrun: {at_the_end: [':']}\n",
            "hooks/",
        ),
    ],
)
def test_exactly_what_diff_names_is_made_again(
    before: str,
    after: str,
    why: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    file = tmp_path / f"changed-{secrets.token_hex(3)}.yaml"
    old = _build(file, before)
    old_layers = _layers(old)
    file.write_text(f"description: x\n{after}")
    list(relock_targets([str(file)], Workspace.open()))
    told = diff_target(str(file), None)
    new = build_target(str(file))
    try:
        made = [layer for layer in _layers(new) if layer not in old_layers]
        assert why in told.rebuilt[0].why
        after_the_build = " ".join(capsys.readouterr().err.split())
        assert f"because {told.rebuilt[0].why}" in after_the_build
        assert after_the_build.count("rebuilt: ") == 1 + (len(made) > 1)
        assert len(made) == len(told.rebuilt) < told.layers / 2
        assert told.pull == sum(layer.size or 0 for layer in told.rebuilt) > 0
        assert diff_target(str(file), None).rebuilt == ()
    finally:
        # The build of the new one has removed the old one, unless it did not come to that.
        for built in (new, old):
            with suppress(ImageNotFound):
                built.engine.client.images.remove(built.image.id, force=True)


# What each hook makes of the image, and what is said about it.
LIES = {
    r"printf '#!/bin/sh\necho 9.9.9\n' > /opt/tailbox/bin/tailscaled": (
        r"by its contents it is tailbox/lying-[0-9a-f]+:py3\.13-ts9\.9\.9"
    ),
    "sed -i 's/^Version: .*/Version: 0.1/' /opt/venv/lib/python3*/site-packages/ipykernel-*/METADATA": (
        r"the lock says ipykernel .*, installed is 0\.1"
    ),
    "/opt/venv/bin/python -m pip uninstall --quiet --yes psutil": (
        "the lock says psutil .*, installed is missing"
    ),
}


def test_what_is_not_what_its_tag_and_lock_say_gets_no_tag(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, engine: Engine
) -> None:
    monkeypatch.chdir(tmp_path)
    file = tmp_path / f"lying-{secrets.token_hex(3)}.yaml"
    file.write_text(json.dumps({"description": "x", "run": {"at_the_end": list(LIES)}}))
    list(relock_targets([str(file)], Workspace.open()))
    with pytest.raises(ImageMismatchError) as caught:
        build_target(str(file))
    assert [told for told in LIES.values() if not re.search(told, str(caught.value))] == []
    assert engine.client.images.list(name=f"tailbox/{file.stem}") == []


def test_an_image_answers_what_was_planned(built_base: Built) -> None:
    found = read_contents(built_base.image.id, built_base.plan, built_base.engine)
    assert (found.python, found.framework, found.cuda) == (built_base.plan.python, "", "")
    assert found.tailscale == built_base.plan.tailscale
    assert {"openssh-server", "s6"} <= set(found.debian)
