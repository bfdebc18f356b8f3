"""What a built image answers when it is asked, and where that is not what its tag, label and lock say."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from builder.core import cache
from builder.core.model import Strict
from builder.engine.client import Engine
from builder.engine.containers import run_in_image
from builder.resolve.plan import Plan

_PROGRAM_FILES = (
    "__init__.py",
    "facts/__init__.py",
    "facts/compute_capability.py",
    "facts/fatbin.py",
    "image/__init__.py",
    "image/guest/__init__.py",
    "image/guest/installed.py",
    "image/guest/libraries.py",
    "wheels/__init__.py",
    "wheels/elf.py",
)
_RUN = "cat > /tmp/ask.pyz; /opt/venv/bin/python -I /tmp/ask.pyz"


class Contents(Strict):
    """The answers of an image; `framework` is a version, empty where there is none, as `cuda` is.

    Of wheels it is name to version, of Debian packages name to version and hash. `unmet` are the
    libraries that lack something they load: wheel, library, what it lacks, and whether a module needs it.
    """

    python: str
    full_python: str
    tailscale: str
    framework: str
    cuda: str
    archs: tuple[str, ...]
    wheels: Mapping[str, str]
    debian: Mapping[str, str]
    unmet: tuple[tuple[str, str, str, bool], ...] = ()


def read_contents(image: str, plan: Plan, engine: Engine) -> Contents:
    """Ask an image by its id, once: the answer is kept. Raises TailboxError where it cannot answer."""
    asking = hashlib.sha256(_program()).hexdigest()[:12]
    name = f"contents/{asking}/{image.rpartition(':')[2]}.json"
    answer = cache.load(name)
    if not answer:
        answer = _ask(image, plan, engine)
        cache.store(name, answer)
    return Contents.model_validate_json(json.dumps(answer))


def _ask(image: str, plan: Plan, engine: Engine) -> dict[str, Any]:
    question = json.dumps({"framework": _name(plan), "code": plan.code})
    program = ["/bin/sh", "-c", f'{_RUN} "$1"', "ask", question]
    failure = f"{plan.reference} does not say what it holds"
    output = run_in_image(image, program, engine, failure, user="0", stdin=_program())
    answer: dict[str, Any] = json.loads(output.splitlines()[-1])
    return answer


def _program() -> bytes:
    """The program that asks, as a zip file that Python runs."""
    package, packed = Path(__file__).parents[1], io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        # With a date of its own each file gives the same bytes each time.
        archive.writestr(
            zipfile.ZipInfo("__main__.py"), "from builder.image.guest.installed import main\nmain()\n"
        )
        for name in _PROGRAM_FILES:
            archive.writestr(zipfile.ZipInfo(f"builder/{name}"), (package / name).read_bytes())
    return packed.getvalue()


def _name(plan: Plan) -> str:
    return (plan.framework or "").partition("==")[0]
