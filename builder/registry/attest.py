"""What is said about an image in its registry: SBOM and provenance, as OCI artifacts or signed by cosign."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from builder.build import go_programs
from builder.core.errors import Problem, TailboxError
from builder.core.process import run
from builder.facts.models import Versions

_LOOPBACK = re.compile(r"(localhost|127\.0\.0\.1|\[::1\])(:\d+)?/")
# cosign 3 signs by a configuration of services that asks for the log, unless it is told not to.
_OLD_WAYS = ("--use-signing-config=false", "--new-bundle-format=false")


@dataclass(frozen=True)
class Documents:
    """Files that tell about one image. `predicate` is the provenance without the image's name."""

    sbom: Path
    provenance: Path
    predicate: Path


def attach(deploy: str, documents: Documents, versions: Versions) -> None:
    """Attach SBOM and provenance to `repository@digest`; whoever has it lists them (`oras discover`).

    Credentials are Docker's own. Raises TailboxError.
    """
    cyclonedx, in_toto = "application/vnd.cyclonedx+json", "application/vnd.in-toto+json"
    plain = ["--plain-http"] if _is_loopback(deploy) else []
    for kind, file in ((cyclonedx, documents.sbom), (in_toto, documents.provenance)):
        arguments = [*plain, "--artifact-type", kind, deploy, f"{file.name}:{kind}"]
        command: list[str | Path] = [go_programs.oras(versions), "attach", *arguments]
        failure = f"{file.name} could not be attached to {deploy}"
        run(command, failure, "repeat: the image is there", cwd=file.parent)


def sign(deploy: str, key: str | None, documents: Documents) -> None:
    """Sign `repository@digest` and both documents with cosign: by a key, else by the person's OIDC identity.

    A signature by key stays out of the public transparency log; without a key the log is what proves it.
    What cosign asks for (a password, a code in the browser) it asks on this terminal.
    Raises TailboxError, with how to get cosign where there is none.
    """
    if not shutil.which("cosign"):
        remedy = "apt-get install cosign (Debian 13), or https://docs.sigstore.dev/cosign"
        raise TailboxError(Problem("cosign is not installed", f"{remedy}; the image is pushed, unsigned"))
    _cosign("sign", key, [], deploy)
    for kind, file in (("cyclonedx", documents.sbom), ("slsaprovenance1", documents.predicate)):
        _cosign("attest", key, ["--type", kind, "--predicate", str(file)], deploy)


def _cosign(verb: str, key: str | None, options: Sequence[str], deploy: str) -> None:
    by_key = ["--key", key, "--tlog-upload=false", *_old_ways(verb)] if key else []
    plain = ["--allow-http-registry"] * _is_loopback(deploy)
    command = ["cosign", verb, "--yes", *by_key, *plain, *options, deploy]
    if subprocess.run(command, stdout=subprocess.DEVNULL).returncode:
        remedy = "see its words above, then repeat: the image is there"
        raise TailboxError(Problem(f"cosign could not {verb} {deploy}", remedy))


def _old_ways(verb: str) -> list[str]:
    """Return those of `_OLD_WAYS` that this cosign takes; its help leaves out deprecated options."""
    asked = ((option, ["cosign", verb, option, "--help"]) for option in _OLD_WAYS)
    return [
        option for option, command in asked if not subprocess.run(command, capture_output=True).returncode
    ]


def _is_loopback(deploy: str) -> bool:
    return _LOOPBACK.match(deploy) is not None
