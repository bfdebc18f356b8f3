"""What a built image answers when it is asked, and where that is not what its tag, label and lock say."""

from __future__ import annotations

import hashlib
import io
import json
import subprocess
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name
from packaging.version import Version

from builder.core import cache
from builder.core.errors import Problem, TailboxError
from builder.core.model import Strict
from builder.core.process import last_lines
from builder.engine.client import Engine
from builder.resolve.image_tag import image_tag
from builder.resolve.plan import Plan

_ASKED = ("__init__.py", "ask.py", "facts/__init__.py", "facts/compute_capability.py", "facts/fatbin.py")
_RUN = "cat > /tmp/ask.pyz; /opt/venv/bin/python -I /tmp/ask.pyz"


class Contents(Strict):
    """The answers of an image; `framework` is a version, empty where there is none, as `cuda` is.

    Of wheels it is name to version, of Debian packages name to version and hash.
    """

    python: str
    tailscale: str
    framework: str
    cuda: str
    archs: tuple[str, ...]
    wheels: Mapping[str, str]
    debian: Mapping[str, str]


class Lie(TailboxError):
    """An image is not what it would be called: it gets no tag."""


def asked(image: str, plan: Plan, engine: Engine) -> Contents:
    """Ask an image by its id, once: the answer is kept. Raises TailboxError where it cannot answer."""
    asking = hashlib.sha256(_program()).hexdigest()[:12]
    name = f"contents/{asking}/{image.rpartition(':')[2]}.json"
    answer = cache.kept(name)
    if not answer:
        answer = _ask(image, plan, engine)
        cache.keep(name, answer)
    return Contents.model_validate_json(json.dumps(answer))


def _ask(image: str, plan: Plan, engine: Engine) -> dict[str, Any]:
    command = ["docker", "run", "--rm", "--interactive", "--network=none", "--log-driver=none", "--user=0"]
    command += ["--entrypoint=/bin/sh", image, "-c", f'{_RUN} "$1"', "ask"]
    command += [json.dumps({"framework": _name(plan), "code": plan.code})]
    done = subprocess.run(command, input=_program(), env=engine.environ, capture_output=True)
    if done.returncode:
        said = last_lines(done.stderr.decode(errors="replace"))
        raise TailboxError(Problem(f"{plan.tag} does not say what it holds\n{said}", "see the lines above"))
    answer: dict[str, Any] = json.loads(done.stdout.decode().splitlines()[-1])
    return answer


def _program() -> bytes:
    """The program that asks, as a zip file that Python runs."""
    room, packed = Path(__file__).parent, io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        # With a date of its own each file gives the same bytes each time.
        archive.writestr(zipfile.ZipInfo("__main__.py"), "from builder.ask import main\nmain()\n")
        for name in _ASKED:
            archive.writestr(zipfile.ZipInfo(f"builder/{name}"), (room / name).read_bytes())
    return packed.getvalue()


def _name(plan: Plan) -> str:
    return (plan.framework or "").partition("==")[0]


def require_truth(plan: Plan, found: Contents) -> None:
    """Raises Lie with every promise of the plan that the image does not keep."""
    if lies := [*_about_tag(plan, found), *_about_archs(plan, found), *_about_lock(plan, found)]:
        what = "\n  ".join([f"what was built is not {plan.tag}:", *lies])
        raise Lie(Problem(what, "look at what the target's `run` hooks and its `from` image change"))


def _about_tag(plan: Plan, found: Contents) -> Iterator[str]:
    """The tag is made of the answers alone; it must be the one that was planned."""
    true = image_tag(plan.target, found.python, found.tailscale, found.framework, found.cuda)
    if true != plan.tag:
        yield f"by its contents it is {true}"


def _about_archs(plan: Plan, found: Contents) -> Iterator[str]:
    if plan.code and (lost := [arch for arch in plan.archs if arch not in found.archs]):
        held = " ".join(found.archs) or "none"
        yield f"machine code for {' '.join(lost)} is promised, {plan.code} holds {held}"


def _about_lock(plan: Plan, found: Contents) -> Iterator[str]:
    """Every locked wheel is there in its version; what a hook adds besides is the target's own business."""
    there = {canonicalize_name(name): Version(version) for name, version in found.wheels.items()}
    for layer in plan.wheels:
        for name, _, version in (pin.partition("==") for pin in layer.packages):
            if there.get(canonicalize_name(name)) != Version(version):
                real = there.get(canonicalize_name(name), "missing")
                yield f"the lock says {name} {version}, installed is {real}"
