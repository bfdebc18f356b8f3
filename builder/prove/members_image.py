"""Builds the image that control, laptop and server run."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from builder import paths
from builder.links import link_or_copy
from builder.prove.errors import TailnetError
from builder.prove.plan import MemberSources
from builder.render import host_secrets


def build_members_image(
    sources: MemberSources, environ: Mapping[str, str], *, packages: Sequence[str] = ()
) -> str:
    """Build with buildx (a fraction of a second if nothing changed); the image id. Failure: TailnetError.

    `packages` are further Debian packages, for members that need them.
    """
    with _binaries(sources) as folder:
        iid = folder / "iid"
        argv = ["docker", "buildx", "build", "--progress", "plain", "--load", "--iidfile", str(iid)]
        argv += ["--build-context", f"base=docker-image://{sources.base_reference}"]
        argv += ["--build-context", f"binaries={folder / 'binaries'}"]
        argv += ["--build-arg", f"PACKAGES={' '.join(packages)}"]
        argv += [*secret_flags(sources.host), str(paths.data("templates") / "prove")]
        done = subprocess.run(argv, env=dict(environ), capture_output=True, text=True, check=False)
        if done.returncode != 0:
            last = "\n".join(done.stderr.strip().splitlines()[-12:])
            raise TailnetError(
                f"the image of the proof's own members did not build:\n{last}",
                "correct what the failed step names; templates/prove/Dockerfile is its source",
            )
        return iid.read_text().strip()


def secret_flags(host: Path | None) -> list[str]:
    """The same secrets that a target's build gets: mirrors, proxies and the CA of this host."""
    if host is None:
        return []
    return [part for secret in host_secrets(str(host)) for part in ("--secret", secret)]


@contextmanager
def _binaries(sources: MemberSources) -> Iterator[Path]:
    """Both binaries under their own names in one folder, free of anything else: a named context."""
    with tempfile.TemporaryDirectory(prefix="tailbox-members-") as name:
        folder = Path(name)
        (folder / "binaries").mkdir()
        for source, target in ((sources.tailscaled, "tailscaled"), (sources.control, "control")):
            link_or_copy(source, folder / "binaries" / target)
        yield folder
