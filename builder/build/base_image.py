"""The base image: Debian's from a registry where one is reachable, else made by mmdebstrap."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from builder.core import cache, console, paths, tempdirs
from builder.core.errors import Problem, TailboxError
from builder.core.process import die_with_parent, run
from builder.engine import apt_mirrors, locks
from builder.engine.client import Engine
from builder.engine.install import apt_install
from builder.engine.oci_layout import Layout
from builder.facts.models import Versions
from builder.lock import lockfiles

# What Debian's own -slim images leave out; licences stay. It holds for what is installed on the base, too.
_SLIM = [f"path-exclude=/usr/share/{folder}/*" for folder in ("doc", "groff", "info", "locale", "man")]
_SLIM += ["path-include=/usr/share/doc/*/copyright", "path-include=/usr/share/locale/locale.alias"]
_NETWORK = "check the network and Debian's mirrors in /etc/apt, then repeat"
_PATIENCE = 20.0
_LIST = '"$1"/etc/apt/sources.list'


@dataclass(frozen=True)
class BaseImage:
    """An image to build on, by its name: the project's Debian, or what a target's `from` names."""

    image: str

    @property
    def context(self) -> str:
        """The image as a named build context."""
        return f"docker-image://{self.image}"

    @property
    def pinned(self) -> str:
        """The project's base as a lock names it: by its digest in a registry, or `mmdebstrap:<suite>`."""
        if "@sha256:" in self.image:
            return self.image
        return f"mmdebstrap:{self.image.partition(':')[2].rpartition('-')[0]}"


def find_base(versions: Versions, engine: Engine) -> BaseImage:
    """Return the project's base image, made or fetched where it is not here yet.

    The choice is made once and stored in the cache: the digest in a registry, or the local image. The digest
    is the locked one where there is a lock.
    """
    image = _chosen(versions, engine)
    if not image:
        # Two commands that run side by side make one image.
        with locks.exclusive(paths.cache() / f"base-{versions.debian}.lock", "choosing the base image"):
            image = _chosen(versions, engine) or _choose(versions, engine)
    return BaseImage(image)


def _choose(versions: Versions, engine: Engine) -> str:
    """Take the base from a registry, else make it, and store the choice."""
    name = locked_digest(versions.debian) or registry_name(versions.debian)
    image = from_registry(name) or from_packages(versions, engine)
    cache.store(_record(versions), {"image": image})
    return image


def _chosen(versions: Versions, engine: Engine) -> str:
    """Return the base that was chosen before; an empty string where it is not locked any more, or gone."""
    image: str = cache.load(_record(versions)).get("image", "")
    if "@sha256:" in image:
        return image if locked_digest(versions.debian) in ("", image) else ""
    return image if image and engine.image(image) is not None else ""


def _record(versions: Versions) -> str:
    return f"base-{versions.debian}-slim.json"


def for_daemon(base: BaseImage, engine: Engine) -> str:
    """Return the build context of a base for a BuildKit daemon that cannot see this engine's images."""
    image = base.image
    if not image.startswith("tailbox/debian:"):
        return base.context
    return saved(image, paths.cache() / "base" / image.rpartition(":")[2], engine)


def saved(image: str, folder: Path, engine: Engine) -> str:
    """Return the build context of an image that is saved in this folder, and save it where it is not."""
    if not folder.is_dir():
        with tempdirs.filled(folder) as saving:
            _save(image, saving, engine)
    return f"oci-layout://{folder}@{Layout(folder).digest()}"


def _save(image: str, folder: Path, engine: Engine) -> None:
    saving = subprocess.Popen(["docker", "save", image], env=engine.environ, stdout=subprocess.PIPE)
    unpacked = subprocess.run(["tar", "-x", "-C", str(folder)], stdin=saving.stdout)
    if saving.wait() or unpacked.returncode:
        raise TailboxError(Problem(f"{image} could not be saved", "check the disk (df), then repeat"))


def registry_name(debian: str) -> str:
    """The base as registries call it."""
    return f"debian:{debian}-slim"


def lock_file() -> Path:
    """Return the file that locks the bases' digests; a machine that reaches a registry writes it."""
    return paths.data("images") / "locks" / lockfiles.BASE


def locked_digest(debian: str) -> str:
    """`debian:<suite>-slim@sha256:...` as it is locked; empty where it is not."""
    return lockfiles.base_of(debian, lock_file().read_text() if lock_file().is_file() else "")


def from_registry(name: str) -> str | None:
    """`debian:<suite>-slim@sha256:...`, or None, and said why, where no registry gives it in 20 seconds."""
    digest = _answer(name)
    if not digest.startswith("sha256:"):
        console.note(f"no registry gives {name}: {digest or 'it names no digest'}")
        return None
    console.note(f"base image: {name} from the registry, {digest}")
    return f"{name.partition('@')[0]}@{digest}"


def _answer(name: str) -> str:
    """The digest of an image as its registry names it; where it names none, the reason."""
    command = ["docker", "buildx", "imagetools", "inspect", name, "--format", "{{.Manifest.Digest}}"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_PATIENCE)
    except subprocess.TimeoutExpired:
        return f"no answer within {_PATIENCE:g} seconds"
    if done.returncode == 0:
        return done.stdout.strip()
    lines = done.stderr.strip().splitlines() or [f"docker ended with {done.returncode}"]
    return lines[-1].removeprefix("ERROR: ")


def from_packages(versions: Versions, engine: Engine) -> str:
    """Make the base of a Debian release with mmdebstrap; its tag. Raises TailboxError."""
    console.step(f"no base image from a registry: making Debian {versions.debian} with mmdebstrap (once)")
    _require_mmdebstrap()
    with tempdirs.folder(tempdirs.temporary()) as folder:
        folder.chmod(0o711)  # apt drops root's rights for its downloads in there
        tar = folder / "base.tar"
        env = {**os.environ, "SOURCE_DATE_EPOCH": str(versions.epoch)}
        command: list[str | Path] = [
            "mmdebstrap",
            "--quiet",
            "--variant=minbase",
            "--architectures=amd64",
            *(f"--dpkgopt={line}" for line in _SLIM),
            *from_host_mirrors(versions.debian, folder / "sources.list"),
            versions.debian,
            tar,
        ]
        if os.geteuid() == 0:  # others' mmdebstrap takes a mount namespace of its own
            command, env["TMPDIR"] = die_with_parent(command), str(folder)
        run(command, "mmdebstrap could not make the base image", _NETWORK, env=env)
        image_id = run(["docker", "import", tar], "the base image could not be imported", "docker system df")
    digest = image_id.strip().removeprefix("sha256:")
    name = f"tailbox/debian:{versions.debian}-{digest[:12]}"
    engine.client.images.get(image_id.strip()).tag(name)
    return name


def from_host_mirrors(suite: str, file: Path) -> list[str]:
    """Options for mmdebstrap to fetch where this host does; the image keeps the list that mmdebstrap writes.

    None where the host has no security updates: mmdebstrap's own mirrors have them.
    """
    lines = apt_mirrors.signed(suite)
    if not any(f" {suite}-security " in line for line in lines):
        return []
    file.write_text("".join(f"{line}\n" for line in lines))
    return [
        f"--setup-hook=mv {_LIST} {_LIST}.own; cp {shlex.quote(str(file))} {_LIST}",
        f"--customize-hook=mv {_LIST}.own {_LIST}",
    ]


def _require_mmdebstrap() -> None:
    if shutil.which("mmdebstrap"):
        return
    if os.geteuid() == 0 and shutil.which("apt-get"):
        console.step("installing mmdebstrap with apt-get")
        apt_install(["mmdebstrap"])
        return
    raise TailboxError(
        Problem(
            "no registry gives a base image, and mmdebstrap is not installed",
            "fix what is said above; or on Debian or Ubuntu: sudo apt-get install mmdebstrap",
        )
    )
