"""What is declared about the base image is what is in it."""

from __future__ import annotations

import json
import subprocess

import pytest

from builder.core.errors import InvalidInputError
from builder.image import sbom
from builder.image.inspect import inspect, lines
from builder.pipeline.build import Built, declare_contents


def _in_image(built: Built, *command: str) -> str:
    argv = ["docker", "run", "--rm", "--network=none", f"--entrypoint={command[0]}", built.image.id]
    return subprocess.run([*argv, *command[1:]], capture_output=True, text=True, check=True).stdout


def test_the_declaration_names_every_package_and_tailscale(built_base: Built) -> None:
    document = json.loads(declare_contents(built_base).read_text())
    (system,) = (one for one in document["components"] if one["type"] == "operating-system")
    assert (system["name"], system["version"]) == ("debian", "13")
    purls = {component["purl"] for component in document["components"] if component is not system}
    packages = _in_image(built_base, "dpkg-query", "-W", "-f", "${Package}\n").split()
    assert len({purl for purl in purls if purl.startswith("pkg:deb/debian/")}) == len(packages)
    frozen = _in_image(built_base, "/opt/venv/bin/python", "-m", "pip", "list", "--format=json")
    wheels = {f"{one['name'].lower().replace('_', '-')}@{one['version']}" for one in json.loads(frozen)}
    assert wheels <= {purl.removeprefix("pkg:pypi/") for purl in purls}
    assert f"pkg:golang/tailscale.com@v{built_base.versions.tailscale}" in purls


def test_a_package_that_is_added_is_declared(built_base: Built) -> None:
    """The list is read from the image, not from the plan: what a hook brings in is seen."""
    name = "tailbox/test-contents:1"
    text = (
        f"FROM {built_base.image.tag}\n"
        "RUN mkdir /opt/venv/lib/python3.13/site-packages/smuggled-6.6.dist-info\n"
        "RUN printf 'Name: smuggled\\nVersion: 6.6\\n' "
        "> /opt/venv/lib/python3.13/site-packages/smuggled-6.6.dist-info/METADATA\n"
    )
    command = ["docker", "buildx", "build", "--load", "--tag", name, "-"]
    subprocess.run(command, input=text, text=True, check=True, capture_output=True)
    try:
        tailscaled = built_base.contexts.tailscaled / "tailscaled"
        found = sbom.components(name, tailscaled, built_base.versions, built_base.engine)
    finally:
        built_base.engine.client.images.remove(name, force=True)
    assert "pkg:pypi/smuggled@6.6" in {component.purl for component in found}


def test_inspect_tells_what_the_image_promises(built_base: Built) -> None:
    facts = inspect(built_base.image.id, built_base.engine)
    assert facts["promises"] == built_base.plan.expectations
    assert facts["about"]["version"] == built_base.plan.tag
    assert facts["ports"] == []
    assert any(line.startswith("open ports    none") for line in lines(facts))


def test_inspect_refuses_what_is_not_ours_and_what_is_not_there(built_base: Built) -> None:
    base = built_base.contexts.base.image
    with pytest.raises(InvalidInputError, match="was not built by tailbox"):
        inspect(base, built_base.engine)
    with pytest.raises(InvalidInputError, match="no image tailbox/nothing:0"):
        inspect("tailbox/nothing:0", built_base.engine)
