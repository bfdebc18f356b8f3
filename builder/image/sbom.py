"""Declare what an image holds: Debian packages, wheels and Go modules as a CycloneDX 1.6 document."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

from builder.build import go_programs
from builder.core.errors import Problem, TailboxError
from builder.core.process import run
from builder.engine.client import Engine
from builder.engine.containers import run_in_image
from builder.facts.models import Versions

FILE = "sbom.cdx.json"
# The system, Debian's packages and every wheel of both environments, one JSON line each; runs in the image.
# A package's second letter of status is `i` where it is installed, held ones (`hi`) as well.
_LISTER = """
import json, platform, subprocess
from importlib import metadata
from pathlib import Path
names = ("db:Status-Abbrev", "Package", "Version", "Architecture", "source:Package", "source:Version")
form = "\\t".join("${%s}" % name for name in names) + "\\n"
about = platform.freedesktop_os_release()
system = [about["ID"], about.get("VERSION_ID") or about.get("VERSION_CODENAME", "")]
print(json.dumps(["os", *system]))
for line in subprocess.check_output(["dpkg-query", "-W", "-f", form], text=True).splitlines():
    status, *package = line.split("\\t")
    if status[1] == "i":
        print(json.dumps(["deb", *system, *package]))
for home in sorted(Path("/opt/python").glob("cpython-3.*.*-*")):
    print(json.dumps(["generic", "cpython", home.name.split("-")[1], str(home), "PSF-2.0"]))
for site in sorted(Path("/opt").glob("*/lib/python3*/site-packages")):
    for distribution in metadata.distributions(path=[str(site)]):
        about = distribution.metadata
        licence = about["License-Expression"] or ""
        print(json.dumps(["pypi", about["Name"], distribution.version, str(site.parents[2]), licence]))
"""


@dataclass(frozen=True, order=True)
class Component:
    """One thing in the image. `kind` is its purl type: deb, pypi or golang; or `os`, which has none.

    `place` is where it was found, of a Debian package its distribution. `source` is name and version of what
    a Debian package was built from, where these are not its own.
    """

    kind: str
    name: str
    version: str
    place: str = ""
    licence: str = ""
    source: tuple[str, ...] = ()
    qualifiers: tuple[tuple[str, str], ...] = ()

    @property
    def purl(self) -> str:
        """The package URL, by the rules of each type (package-url/purl-spec)."""
        version = quote(self.version, safe=":")
        if self.kind == "deb":
            pairs = "&".join(f"{name}={quote(value, safe=':')}" for name, value in self.qualifiers)
            return f"pkg:deb/{self.place}/{quote(self.name)}@{version}?{pairs}"
        name = self.name.lower().replace("_", "-") if self.kind == "pypi" else self.name
        return f"pkg:{self.kind}/{quote(name)}@{version}"


def listed(row: list[str]) -> Component:
    """Read a line of the lister."""
    if row[0] == "deb":
        return _deb(*row[1:])
    kind, name, version, place, licence = [*row, "", ""][:5]
    return Component(kind, name, version, place, licence)


def _deb(system: str, release: str, name: str, version: str, arch: str, *source: str) -> Component:
    qualifiers = {"arch": arch, "distro": f"{system}-{release}" if release else system}
    if source == (name, version):
        return Component("deb", name, version, system, qualifiers=tuple(qualifiers.items()))
    qualifiers["upstream"] = "@".join(source)
    return Component("deb", name, version, system, source=source, qualifiers=tuple(qualifiers.items()))


def components(image: str, tailscaled: Path, versions: Versions, engine: Engine) -> list[Component]:
    """Ask the image for its packages and tailscaled for its modules. Raises TailboxError."""
    failure = f"{image} does not list its packages"
    output = run_in_image(image, ["python3", "-I", "-"], engine, failure, stdin=_LISTER.encode())
    packages = {listed(json.loads(line)) for line in output.splitlines()}
    return sorted(packages | set(modules(_build_information(tailscaled, versions), tailscaled)))


def _build_information(program: Path, versions: Versions) -> str:
    command: list[str | Path] = [go_programs.toolchain(versions), "version", "-m", program]
    return run(command, f"{program} does not tell its modules", _build_again(program))


def _build_again(program: Path) -> str:
    return f"remove {program.parent}, then repeat: it is built again"


def modules(text: str, program: Path) -> Iterator[Component]:
    """Modules of a program, in the words of `go version -m`; a replaced module is what replaces it."""
    compiled: list[Component] = []
    for line in text.splitlines():
        words = line.split("\t")[1:]
        if words[:1] == ["=>"]:
            compiled[-1] = Component("golang", words[1], words[2], "tailscaled")
        elif words[:1] in (["dep"], ["mod"]) and words[2] != "(devel)":
            compiled.append(Component("golang", words[1], words[2], "tailscaled"))
    compiler = text.splitlines()[0].rpartition(": go")[2] if text else ""
    if not compiled or not compiler:
        raise TailboxError(Problem(f"{program} tells no modules", _build_again(program)))
    yield Component("golang", "stdlib", compiler, "tailscaled")
    yield from compiled


def document(image: str, image_id: str, epoch: int, contents: list[Component]) -> dict[str, object]:
    """The CycloneDX document; the same image gives the same bytes."""
    timestamp = datetime.fromtimestamp(epoch, UTC).isoformat().replace("+00:00", "Z")
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, image_id)}",
        "version": 1,
        "metadata": {
            "timestamp": timestamp,
            "component": {"type": "container", "bom-ref": image_id, "name": image, "version": image_id},
        },
        "components": [_entry(component) for component in contents],
    }


def _entry(component: Component) -> dict[str, object]:
    if component.kind == "os":
        about = {"name": component.name, "version": component.version}
        return {"type": "operating-system", "bom-ref": f"os#{component.name}", **about}
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
        entry["properties"] = [{"name": name, "value": value} for name, value in _properties(component)]
    return entry


def _properties(component: Component) -> Iterator[tuple[str, str]]:
    """Name where it was found, and its source in Trivy's words, as Trivy ignores the purl's."""
    yield "tailbox:place", component.place
    if component.source:
        yield from zip(
            ("aquasecurity:trivy:SrcName", "aquasecurity:trivy:SrcVersion"), component.source, strict=True
        )


def write(folder: Path, content: dict[str, object]) -> Path:
    """Write the document beside the report."""
    file = folder / FILE
    file.write_text(json.dumps(content, indent=1) + "\n")
    return file
