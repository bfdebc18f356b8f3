"""What an installation is, asked on the spot: runs inside a built image, with the standard library alone.

Its one argument (JSON) names the `framework`, and the library (`code`, a pattern below site-packages) that
holds its kernels; the answer is one line of JSON.
"""

from __future__ import annotations

import ctypes
import hashlib
import json
import platform
import subprocess
import sys
import sysconfig
from importlib import metadata
from pathlib import Path

from builder.facts import fatbin
from builder.facts.compute_capability import number
from builder.image.guest.libraries import unmet


def cuda(site: Path) -> str:
    """The CUDA that the runtime libraries below a folder say they are: empty, `13.2`, or `13.2 12.8`."""
    runtimes = {_runtime(path) for path in site.glob("nvidia/**/libcudart.so.*")}
    return " ".join(sorted(runtimes, reverse=True))


def _runtime(library: Path) -> str:
    version = ctypes.c_int()
    ctypes.CDLL(str(library)).cudaRuntimeGetVersion(ctypes.byref(version))
    return f"{version.value // 1000}.{version.value % 1000 // 10}"


def archs(site: Path, pattern: str) -> list[str]:
    """The machine code in the libraries that a pattern names."""
    libraries = sorted(site.glob(pattern)) if pattern else []
    return sorted({arch for path in libraries for arch in fatbin.of_file(path).archs}, key=number)


def wheels() -> dict[str, str]:
    """Name to version of what is installed for this Python."""
    return {one.metadata["Name"]: one.version for one in metadata.distributions()}


def debian() -> dict[str, str]:
    """Name to version and hash of the Debian packages that are installed: `8.14.1-2 sha256:...`.

    The hash is of what each package says of itself: the list of its files with their sums.
    """
    form = "${db:Status-Abbrev}\t${Package}\t${Version}\t${binary:Package}\n"
    listed = subprocess.check_output(["dpkg-query", "-W", "-f", form], text=True)
    rows = [line.split("\t") for line in listed.splitlines()]
    return {name: hashed(version, _sums(entry)) for status, name, version, entry in rows if status[1] == "i"}


def hashed(version: str, content: bytes) -> str:
    """How a package is told: its version and the hash of what it says of itself."""
    return f"{version} sha256:{hashlib.sha256(content).hexdigest()}"


def _sums(entry: str) -> bytes:
    file = Path(f"/var/lib/dpkg/info/{entry}.md5sums")
    return file.read_bytes() if file.is_file() else b""


def tailscale() -> str:
    """The version that the node's tailscale says it is."""
    output = subprocess.check_output(["/opt/tailbox/bin/tailscale", "version"], text=True)
    return output.splitlines()[0].strip()


def main() -> None:
    """Print the answer."""
    asked = json.loads(sys.argv[1])
    site = Path(sysconfig.get_path("purelib"))
    installed = wheels()
    answer = {
        "python": f"{sys.version_info.major}.{sys.version_info.minor}",
        "full_python": platform.python_version(),
        "tailscale": tailscale(),
        "framework": installed.get(asked["framework"], ""),
        "cuda": cuda(site),
        "archs": archs(site, asked["code"]),
        "wheels": installed,
        "debian": debian(),
        "unmet": unmet(site),
    }
    print(json.dumps(answer))
