"""What an image holds, declared: Debian packages, wheels and Go modules as a CycloneDX 1.6 document."""

from __future__ import annotations

import json
import subprocess
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

from builder import golang
from builder.engine import Engine
from builder.errors import Problem, TailboxError
from builder.facts import Versions
from builder.run import last_lines, run

FILE = "sbom.cdx.json"
# Debian's packages and every wheel of both environments, one JSON line each; runs in the image.
_LISTER = """
import json, platform, subprocess
from importlib import metadata
from pathlib import Path
form = "${Package}\\t${Version}\\n"
system = platform.freedesktop_os_release()["ID"]
for line in subprocess.check_output(["dpkg-query", "-W", "-f", form], text=True).splitlines():
    print(json.dumps(["deb", *line.split("\\t"), system]))
for site in sorted(Path("/opt").glob("*/lib/python3*/site-packages")):
    for found in metadata.distributions(path=[str(site)]):
        about = found.metadata
        licence = about["License-Expression"] or ""
        print(json.dumps(["pypi", about["Name"], found.version, str(site.parents[2]), licence]))
"""


@dataclass(frozen=True, order=True)
class Component:
    """One thing in the image. `kind` is its purl type: deb, pypi or golang; `place` is where it was found.

    A Debian package's place is its distribution.
    """

    kind: str
    name: str
    version: str
    place: str = ""
    licence: str = ""

    @property
    def purl(self) -> str:
        """The package URL, by the rules of each type (package-url/purl-spec)."""
        version = quote(self.version, safe=":+~.-")
        if self.kind == "deb":
            return f"pkg:deb/{self.place}/{quote(self.name)}@{version}"
        name = self.name.lower().replace("_", "-") if self.kind == "pypi" else self.name
        return f"pkg:{self.kind}/{quote(name)}@{version}"


def components(image: str, tailscaled: Path, versions: Versions, engine: Engine) -> list[Component]:
    """Ask the image for its packages and tailscaled for its modules. Raises TailboxError."""
    command = [
        "docker",
        "run",
        "--rm",
        "--interactive",
        "--network=none",
        "--entrypoint=python3",
        image,
        "-I",
    ]
    done = subprocess.run([*command, "-"], input=_LISTER, env=engine.environ, capture_output=True, text=True)
    if done.returncode:
        what = f"{image} does not list its packages\n{last_lines(done.stderr)}"
        raise TailboxError(Problem(what, "see the lines above"))
    listed = [Component(*json.loads(line)) for line in done.stdout.splitlines()]
    return sorted({*listed, *modules(_build_information(tailscaled, versions))})


def _build_information(program: Path, versions: Versions) -> str:
    command: list[str | Path] = [golang.toolchain(versions), "version", "-m", program]
    return run(command, f"{program} does not tell its modules", "build it again: tailbox clean")


def modules(text: str) -> Iterator[Component]:
    """Modules in the words of `go version -m`; a replaced module is what replaces it."""
    found: list[Component] = []
    for line in text.splitlines():
        words = line.split("\t")[1:]
        if words[:1] == ["=>"]:
            found[-1] = Component("golang", words[1], words[2], "tailscaled")
        elif words[:1] in (["dep"], ["mod"]) and words[2] != "(devel)":
            found.append(Component("golang", words[1], words[2], "tailscaled"))
    compiler = text.splitlines()[0].rpartition(": go")[2] if text else ""
    if not found or not compiler:
        raise TailboxError(Problem("tailscaled tells no modules", "build it again: tailbox clean"))
    yield Component("golang", "stdlib", compiler, "tailscaled")
    yield from found


def document(image: str, image_id: str, epoch: int, found: list[Component]) -> dict[str, object]:
    """The CycloneDX document; the same image gives the same bytes."""
    made = datetime.fromtimestamp(epoch, UTC).isoformat().replace("+00:00", "Z")
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, image_id)}",
        "version": 1,
        "metadata": {
            "timestamp": made,
            "component": {"type": "container", "bom-ref": image_id, "name": image, "version": image_id},
        },
        "components": [_entry(component) for component in found],
    }


def _entry(component: Component) -> dict[str, object]:
    entry: dict[str, object] = {
        "type": "library",
        "bom-ref": f"{component.purl}#{component.place}",
        "name": component.name,
        "version": component.version,
        "purl": component.purl,
    }
    if component.licence:
        entry["licenses"] = [{"expression": component.licence}]
    if component.place:
        entry["properties"] = [{"name": "tailbox:place", "value": component.place}]
    return entry


def write(folder: Path, content: dict[str, object]) -> Path:
    """Write the document beside the report."""
    file = folder / FILE
    file.write_text(json.dumps(content, indent=1) + "\n")
    return file
