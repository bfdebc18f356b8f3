"""Another Python than Debian 13's: Debian 12's own, and one that uv brings from a mirror on this machine."""

from __future__ import annotations

import json
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from builder.core import paths
from builder.engine.client import Engine
from builder.engine.containers import run_in_image
from builder.facts.load import load_pythons
from builder.image import sbom
from builder.lock import managed_python
from builder.pipeline.build import Built, build_target
from tests.kit.python_mirror import Mirror, pack

# A kernel of /opt/venv, started by JupyterLab's environment: what each of them is.
_KERNEL = """
import json, sys
from jupyter_client.manager import start_new_kernel
manager, client = start_new_kernel(kernel_name="python3")
said = []
client.execute_interactive(
    "import sys, sysconfig, idna; print(sys.version.split()[0], sys.prefix, sys.base_prefix)",
    output_hook=lambda message: said.append(message["content"].get("text", "")), timeout=60,
)
manager.shutdown_kernel(now=True)
print(json.dumps(["".join(said).split(), sys.version.split()[0], sys.base_prefix]))
"""


def _built(folder: Path, python: str) -> Built:
    file = folder / f"python-{secrets.token_hex(3)}.yaml"
    file.write_text(f'extends: base\ndescription: x\npython: "{python}"\npackages: {{pip: [idna]}}\n')
    return build_target(str(file))


def _ask(built: Built, *command: str) -> str:
    return run_in_image(built.image.id, command, built.engine, "the image does not answer")


@pytest.fixture(scope="module")
def debian_12(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Built]:
    """A target with the Python of Debian 12."""
    folder = tmp_path_factory.mktemp("debian_12")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        built = _built(folder, "3.11")
    yield built
    built.engine.client.images.remove(built.image.tag, force=True)


@pytest.fixture(scope="module")
def managed(debian_12: Built, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Built]:
    """A target on Debian 13 with a Python that uv brings: that of Debian 12, where no other lock knows it."""
    folder = tmp_path_factory.mktemp("managed")
    with Mirror(folder / "mirror") as mirror, pytest.MonkeyPatch.context() as patch:
        build = mirror.add("3.11.2", pack(debian_12.image.id, "3.11", debian_12.engine))
        images = Path(shutil.copytree(paths.data("images"), folder / "images"))
        versions = images / "versions.yaml"
        versions.write_text(versions.read_text().replace(', bookworm: "3.11.2"', ""))
        (images / "locks" / managed_python.FILE).write_text(build.text)
        data = paths.data
        patch.setattr(paths, "data", lambda room: images if room == "images" else data(room))
        patch.setenv("UV_PYTHON_INSTALL_MIRROR", mirror.url)
        patch.chdir(folder)
        built = _built(folder, "3.11")
        assert mirror.asked == 1
    yield built
    built.engine.client.images.remove(built.image.tag, force=True)
    shutil.rmtree(paths.cache() / "python" / build.sha256)


def test_a_python_of_an_older_debian_comes_with_that_debian(debian_12: Built) -> None:
    assert (debian_12.plan.debian, debian_12.contents.python) == ("bookworm", "3.11")
    assert "VERSION_CODENAME=bookworm" in _ask(debian_12, "cat", "/etc/os-release")
    kernel, lab, _ = json.loads(_ask(debian_12, "/opt/jupyter/bin/python", "-c", _KERNEL))
    assert kernel == ["3.11.2", "/opt/venv", "/usr"]
    assert lab == "3.11.2" == load_pythons(paths.data("images")).debians["bookworm"]


def test_a_python_that_uv_brings_is_the_users_and_the_system_keeps_its_own(managed: Built) -> None:
    home = "/opt/python/cpython-3.11.2-linux-x86_64-gnu"
    kernel, lab, system = json.loads(_ask(managed, "/opt/jupyter/bin/python", "-c", _KERNEL))
    assert kernel == ["3.11.2", "/opt/venv", home]
    assert (lab, system) == (load_pythons(paths.data("images")).debians["trixie"], "/usr")
    assert managed.contents.python == managed.plan.python == "3.11"
    compiled = f"{home}/lib/python3.11/__pycache__/this.cpython-311.pyc"
    flags = _ask(managed, "/opt/venv/bin/python", "-c", f"print(open({compiled!r}, 'rb').read(8)[4])")
    assert flags.strip() == "3", "the standard library's byte code does not go by hash"
    nobody = _ask(
        managed, "find", "/opt/python", "!", "-user", "root", "-o", "-perm", "/o+w", "!", "-type", "l"
    )
    assert nobody == ""


def test_the_contents_name_a_python_that_uv_brings(managed: Built, engine: Engine) -> None:
    tailscaled = managed.contexts.tailscaled / "tailscaled"
    listed = sbom.components(managed.image.id, tailscaled, managed.versions, engine)
    (found,) = [component for component in listed if component.kind == "generic"]
    assert (found.name, found.version, found.purl) == ("cpython", "3.11.2", "pkg:generic/cpython@3.11.2")
