"""A user's own target on an image of theirs: an older Debian with another Python, and one like Ubuntu."""

from __future__ import annotations

import secrets
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from builder.build import base_image
from builder.core.errors import InvalidInputError
from builder.engine.client import Engine
from builder.image.contents import read_contents
from builder.lock.uv import uv_program
from builder.pipeline.build import build_target
from builder.pipeline.prove import prove_target
from builder.pipeline.relock import relock_targets
from builder.pipeline.workspace import Workspace
from builder.prove import MemberSources, Status

# What a session of such a node must be able to do; the whole proof runs on the catalogue's targets.
PROMISES = ("node.ready", "session.environment", "ssh.sshd", "ssh.tailscale", "jupyter.kernel", "secrets.key")

_PROJECT = """\
[project]
name = "p"
version = "1"
requires-python = ">=3.11"
dependencies = ["iniconfig==2.0.0"]
"""
# Everything that a target file can name, and a check that sees each of it in a session of the node.
_TARGET = """\
description: mine on {image}
from: {image}
python: "{python}"
packages: {{apt: [tree], pip: [idna]}}
requirements: requirements.txt
project: project/pyproject.toml
files: {{/workspace/start: start, /etc/mine.conf: mine.conf}}
run:
  after_system: ["command -v tree > /opt/after_system"]
  after_packages: ["/opt/venv/bin/python -c 'import idna' && echo idna > /opt/after_packages"]
  at_the_end: ["cat /etc/mine.conf > /opt/at_the_end"]
env: {{MINE: "a $HOME 'b' `id`"}}
checks: [mine.py]
"""
_CHECK = """\
import os, shutil, subprocess
from importlib.metadata import version
from pathlib import Path

assert os.environ["MINE"] == "a $HOME 'b' `id`", os.environ["MINE"]
assert version("iniconfig") == "2.0.0" and version("rich") and version("idna")
assert shutil.which("tree")
hello = Path("/workspace/start/hello")
assert (hello.read_text(), hello.owner()) == ("hello", "dev")
assert Path("/etc/mine.conf").owner() == "root"
assert Path("/opt/after_system").read_text() == "/usr/bin/tree\\n"
assert Path("/opt/after_packages").read_text() == "idna\\n"
assert Path("/opt/at_the_end").read_text() == "mine"
assert os.getuid() == 1000 and Path.home() == Path("/home/dev")
print("all of it is there")
"""


@pytest.fixture(scope="module")
def debian_12(engine: Engine) -> Iterator[str]:
    """Debian 12 with its Python 3.11."""
    versions = Workspace.open().facts.versions.model_copy(update={"debian": "bookworm"})
    image = base_image.from_packages(versions, engine)
    yield image
    engine.client.images.remove(image, force=True)


@pytest.fixture(scope="module")
def like_ubuntu(engine: Engine, sources: MemberSources) -> Iterator[str]:
    """What sets Ubuntu's images apart: another name, sources of its own, and a person with uid 1000."""
    name = "tailbox/test-like-ubuntu:1"
    dockerfile = (
        f"FROM {sources.base_reference}\n"
        "RUN sed -i 's/^ID=.*/ID=ubuntu/; s/^VERSION_CODENAME=.*/VERSION_CODENAME=noble/' /etc/os-release\n"
        "RUN useradd --uid 1000 --create-home ubuntu && echo mine > /home/ubuntu/kept\n"
        "ENV PATH=/opt/theirs:$PATH\n"
    )
    command = ["docker", "buildx", "build", "--load", "--tag", name, "-"]
    subprocess.run(command, input=dockerfile, text=True, check=True, capture_output=True)
    yield name
    engine.client.images.remove(name, force=True)


# Debian 12 takes a base image, a Python and wheels of its own: minutes.
@pytest.mark.parametrize(
    ("kind", "python"),
    [pytest.param("debian_12", "3.11", marks=pytest.mark.deep), ("like_ubuntu", "3.13")],
)
def test_an_own_target_holds_all_that_its_file_names(
    kind: str, python: str, request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    file = _written(tmp_path, request.getfixturevalue(kind), python)
    list(relock_targets([str(file)], Workspace.open()))
    built, report = prove_target(str(file), only=(*PROMISES, "target.python", "target.mine"))
    try:
        found = read_contents(built.image.id, built.plan, built.engine)
        assert found.python == python
        failed = [finding for finding in report.findings if finding.status is not Status.PASSED]
        assert not failed, failed
        assert {"target.mine", *PROMISES} <= {finding.check for finding in report.findings}
    finally:
        built.engine.client.images.remove(built.image.tag, force=True)


def _written(folder: Path, image: str, python: str) -> Path:
    """The target file with all that it names beside it."""
    (folder / "requirements.txt").write_text("rich\n")
    (folder / "project").mkdir()
    (folder / "project" / "pyproject.toml").write_text(_PROJECT)
    subprocess.run([uv_program(), "lock", "--quiet"], cwd=folder / "project", check=True)
    (folder / "start").mkdir()
    (folder / "start" / "hello").write_text("hello")
    (folder / "mine.conf").write_text("mine")
    (folder / "mine.py").write_text(_CHECK)
    file = folder / f"mine-{secrets.token_hex(3)}.yaml"
    file.write_text(_TARGET.format(image=image, python=python))
    return file


def test_an_image_without_apt_is_refused(engine: Engine, sources: MemberSources, tmp_path: Path) -> None:
    name = "tailbox/test-no-apt:1"
    text = f"FROM {sources.base_reference}\nRUN rm /usr/bin/apt-get\n"
    command = ["docker", "buildx", "build", "--load", "--tag", name, "-"]
    subprocess.run(command, input=text, text=True, check=True, capture_output=True)
    file = tmp_path / "aptless.yaml"
    file.write_text(f"description: x\nfrom: {name}\n")
    list(relock_targets([str(file)], Workspace.open()))
    try:
        with pytest.raises(InvalidInputError, match="has no apt"):
            build_target(str(file))
    finally:
        engine.client.images.remove(name, force=True)
