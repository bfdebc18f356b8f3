"""Other shapes of the same image, as Dockerfiles over the same wheels: what tailbox is compared with.

Each takes the contexts and secrets of a rendered target (`base`, `uv`, `locks/`, the host's settings).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from builder.resolve.plan import Plan, WheelLayer

_MOUNTS = " ".join(
    f"--mount=type=secret,id=host-{name},target=/run/host/{file}"
    for name, file in (("env", "env"), ("ca", "ca.pem"), ("apt", "apt.conf"), ("sources", "sources.list"))
)
_LOCKS = "--mount=type=bind,source=locks,target=/run/locks"
_UV = "--mount=type=bind,from=uv,source=uv,target=/run/uv"
_UV_CACHE = "--mount=type=cache,id=tailbox-uv,target=/root/.cache/uv"
_INDEX = "${UV_DEFAULT_INDEX:+export PIP_INDEX_URL=$UV_DEFAULT_INDEX}"
_HOST = f". /run/host/env; export PIP_CERT=$SSL_CERT_FILE; {_INDEX};"
_PIP = "/opt/venv/bin/pip install -q --no-cache-dir --disable-pip-version-check"
_HASHED = "--no-deps --require-hashes"
_FRAMEWORK = ("cuda-math", "cuda-dnn", "cuda", "framework", "libraries")


@dataclass(frozen=True)
class Shape:
    """A way to make the image: its name, what it is, and its Dockerfile; None for the target's own."""

    name: str
    what: str
    dockerfile: Callable[[Plan], str] | None


def _run(command: str, *mounts: str) -> str:
    return f"RUN {' '.join((_MOUNTS, *mounts))} {_HOST} {command}\n"


def _apt(*packages: str) -> str:
    return "FROM base\n" + _run(
        f"apt-get update -qq && apt-get install -y -qq --no-install-recommends {' '.join(packages)}"
        " && rm -rf /var/lib/apt/lists/* && python3 -m venv /opt/venv"
    )


def _files(layers: tuple[WheelLayer, ...], *, framework: bool) -> str:
    selected = [layer for layer in layers if (layer.name in _FRAMEWORK) is framework]
    return " ".join(f"-r /run/locks/{layer.name}.txt" for layer in selected)


def _pip(locks: str) -> str:
    return _run(f"{_PIP} {_HASHED} {locks}", _LOCKS) if locks else ""


def _framework_then_packages(plan: Plan) -> str:
    """The framework's wheels as the framework's own image brings them, and the rest in a second step."""
    return _pip(_files(plan.wheels, framework=True)) + _pip(_files(plan.wheels, framework=False))


def emptied(dockerfile: str) -> str:
    """Nothing but the caches that a Dockerfile mounts: built with `--no-cache`, it leaves them empty."""
    caches = sorted(set(re.findall(r"--mount=type=cache,\S+", dockerfile)))
    return f"FROM base\nRUN {' '.join(caches)} :\n"


def plain_uv(plan: Plan) -> str:
    """One venv, one install by uv with its cache."""
    locks = " ".join(f"-r /run/locks/{layer.name}.txt" for layer in plan.wheels)
    install = f"/run/uv pip install -q --python /opt/venv {_HASHED} {locks}"
    return _apt("python3", "python3-venv") + _run(
        f"unset UV_COMPILE_BYTECODE; {install}", _LOCKS, _UV, _UV_CACHE
    )


def plain_pip(plan: Plan) -> str:
    """What a first Dockerfile looks like: Debian, Python, one `pip install`."""
    both = " ".join((_files(plan.wheels, framework=True), _files(plan.wheels, framework=False)))
    return _apt("python3", "python3-venv") + _pip(both)


def sample(plan: Plan) -> str:
    """Salad's published Tailscale sample: a framework image, tools, JupyterLab, a script that sleeps."""
    jupyter = _run(f"{_PIP} jupyterlab")
    tools = _apt("python3", "python3-venv", "curl", "openssh-server", "ca-certificates", "git", "nano")
    return tools + _framework_then_packages(plan) + jupyter + "COPY --from=tailscale tailscaled /usr/sbin/\n"


def devel(plan: Plan) -> str:
    """A CUDA development image below the wheels, as RunPod's and Vast's: CUDA is there twice.

    The lower CUDA is made of the target's own NVIDIA wheels; a real one is larger (nvcc, static libraries,
    profilers, documentation).
    """
    nvidia = " ".join(f"-r /run/locks/{x.name}.txt" for x in plan.wheels if x.name.startswith("cuda"))
    toolkit = _run(
        f"/run/uv pip install -q --target /usr/local/cuda {_HASHED} {nvidia}", _LOCKS, _UV, _UV_CACHE
    )
    tools = _apt("python3", "python3-venv", "g++", "make", "openssh-server", "git", "curl")
    return tools + (toolkit if nvidia else "") + _framework_then_packages(plan) + _run(f"{_PIP} jupyterlab")


SHAPES = (
    Shape("tailbox", "this project: node, JupyterLab, slimmed wheels, byte code", None),
    Shape("plain uv", "Debian, Python, one `uv pip install` of the same wheels", plain_uv),
    Shape("plain pip", "Debian, Python, one `pip install` of the same wheels", plain_pip),
    Shape("framework image + pip", "Salad's sample: framework, tools, JupyterLab, tailscaled", sample),
    Shape("CUDA devel + wheels", "RunPod's and Vast's: a development CUDA below, the wheels' above", devel),
)
