"""From a plan to the files that build it. Pure: the same plan and templates give the same bytes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from builder.core import labels
from builder.facts import slim_rules
from builder.render.bake_file import BAKE, CONTEXTS, bake_file, json_file
from builder.render.layers import Layer, layers_to_label, short_digest
from builder.render.stages import Inputs, Stages
from builder.resolve.plan import Plan
from builder.targets.attachments import ImageFile
from builder.targets.schema import Hooks

Files = dict[str, bytes]

# What wheels are built with.
TOOLCHAIN = ("g++", "make", "python3-dev")
# What every node needs, whatever its target asks for besides.
SYSTEM = ("openssh-server", "openssh-sftp-server", "python3", "s6")


def render(plan: Plan, templates: Path) -> Files:
    """Return every file of `build/<target>/` by its relative path."""
    return _rendered(plan, templates)[0]


def planned_layers(plan: Plan, templates: Path) -> tuple[Layer, ...]:
    """Return the layers of the image that the files build, lowest first."""
    return _rendered(plan, templates)[1]


def _rendered(plan: Plan, templates: Path) -> tuple[Files, tuple[Layer, ...]]:
    """Return the files and the layers; the Dockerfile's last label says what each layer is made of."""
    contexts = {**plan.contexts, "session": _session(plan, templates)}
    files = _files(plan, templates, contexts)
    stages = Stages()
    text = _text(plan, templates, stages)
    wheels = {f"locks/{layer.name}.txt": tuple(map(str, layer.pins)) for layer in plan.environments}
    made = stages.layers(Inputs(files, wheels, contexts))
    label = f"LABEL {labels.STEPS}={quoted(layers_to_label(made))}\n"
    return {"Dockerfile": (text + label).encode(), **files}, made


def _files(plan: Plan, templates: Path, contexts: Mapping[str, str]) -> Files:
    """Return what lies beside the Dockerfile."""
    files = {
        ".dockerignore": b"*\n!node\n!locks\n!wheels\n!hooks\n!files\n",
        BAKE: json_file(bake_file(plan)),
        "plan.json": json_file(plan.expectations),
        CONTEXTS: json_file(contexts),
        "node/etc/defaults.json": json_file(node_defaults(plan)),
    }
    files |= {f"locks/{layer.name}.txt": layer.text.encode() for layer in plan.locked}
    if build := plan.pythons.managed:
        files["locks/python.json"] = build.text.encode()
    files |= {f"checks/{check.name}.py": check.script for check in plan.checks}
    files |= _wheel_files(plan, templates)
    files |= _hook_files(plan.hooks)
    files |= _own_files(plan.files, templates)
    files |= {f"node/{path}": content for path, content in _contents(templates / "node").items()}
    return files


def _session(plan: Plan, templates: Path) -> str:
    """Describe the session shell in words that change with its source."""
    source = b"".join(_contents(templates / "session").values())
    return f"{plan.contexts['session']}, source {short_digest(source)}"


def _wheel_files(plan: Plan, templates: Path) -> Files:
    """Return the programs that install wheels, and the slimming rules of each layer that has any."""
    programs = _contents(templates / "wheels")
    slimmed = [layer for layer in plan.environments if layer.slim]
    rules = {f"wheels/{layer.name}.json": slim_rules.rule_file(layer.slim) for layer in slimmed}
    return rules | {f"wheels/{name}": content for name, content in programs.items()}


def node_defaults(plan: Plan) -> dict[str, object]:
    """Return what the target decides for its nodes: `Defaults` in the node's `contract/contract.py`.

    Nothing else: targets that decide alike share the node's layers, and what lies above.
    """
    return {"ssh": plan.ssh, "jupyter": plan.jupyter}


def _hook_files(hooks: Hooks) -> Files:
    """Put each script of the target into a file of its own: nothing of it enters the Dockerfile."""
    return {
        f"hooks/{point}-{n}.sh": script.encode()
        for point in Hooks.model_fields
        for n, script in enumerate(getattr(hooks, point))
    }


def _own_files(own: tuple[ImageFile, ...], templates: Path) -> Files:
    """Return the target's files as numbered blobs, with the list of their places."""
    if not own:
        return {}
    entries = [
        {"path": f.path, "executable": f.executable, "owner": f.owner, "unpack": f.unpack} for f in own
    ]
    blobs = {f"files/blobs/{n}": file.content for n, file in enumerate(own)}
    placer = (templates / "place_files.py").read_bytes()
    return blobs | {"files/list.json": json_file(entries), "files/place_files.py": placer}


def write_files(files: Files, folder: Path) -> None:
    """Make the folder hold these files, executable if they begin with `#!`; leave equal ones alone."""
    for name, content in files.items():
        path = folder / name
        mode = 0o755 if content.startswith(b"#!") else 0o644
        if not _holds(path, content):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        path.chmod(mode)
    for room in ("node", "locks", "checks", "wheels", "hooks", "files"):
        for path in _tree(folder / room):
            if str(path.relative_to(folder)) not in files:
                path.unlink()


def _holds(path: Path, content: bytes) -> bool:
    try:
        return path.read_bytes() == content
    except FileNotFoundError:
        return False


@cache
def _contents(folder: Path) -> Mapping[str, bytes]:
    """Return the files of a folder of templates by their paths there; a command reads them once."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in _tree(folder)}


def _tree(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)


@cache
def _environment(templates: Path) -> Environment:
    """Return the compiled templates; a changed file is read again."""
    return Environment(
        loader=FileSystemLoader(templates),
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        trim_blocks=True,
        autoescape=False,
    )


def _text(plan: Plan, templates: Path, stages: Stages) -> str:
    return (
        _environment(templates)
        .get_template("Dockerfile.j2")
        .render(
            plan=plan,
            **stages.calls,
            hooks={point: range(len(getattr(plan.hooks, point))) for point in Hooks.model_fields},
            system_packages=sorted({*SYSTEM, *plan.apt}),
            toolchain_packages=sorted({*TOOLCHAIN, *plan.extra_apt}),
            labels={name: quoted(value) for name, value in image_labels(plan).items()},
            path=_path(plan),
            environment={name: quoted(value) for name, value in image_environment(plan).items()},
        )
    )


def quoted(value: str) -> str:
    """Quote a value for a Dockerfile's ENV and LABEL: one word, nothing expanded."""
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"').replace("$", "\\$") + '"'


def image_environment(plan: Plan) -> Mapping[str, str]:
    """Return the ENV of the image. The NVIDIA variables tell the container runtime what to bring in."""
    nvidia = {"NVIDIA_VISIBLE_DEVICES": "all", "NVIDIA_DRIVER_CAPABILITIES": "compute,utility"}
    return {"VIRTUAL_ENV": "/opt/venv", **(nvidia if plan.cuda else {}), **plan.env}


def _path(plan: Plan) -> str:
    """Return PATH for a Dockerfile's ENV: before Debian's, or before that of the user's image."""
    debian = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    return f'"/opt/venv/bin:{"${PATH}" if plan.base else debian}"'


def image_labels(plan: Plan) -> Mapping[str, str]:
    """Return the LABELs of the image: its description, and the answers that it must give."""
    return {
        "org.opencontainers.image.title": plan.target,
        "org.opencontainers.image.description": plan.description,
        "org.opencontainers.image.version": plan.tag,
        "org.opencontainers.image.created": datetime.fromtimestamp(plan.epoch, UTC).isoformat(),
        "org.opencontainers.image.base.name": plan.base or f"debian:{plan.debian}-slim",
        labels.TARGET: plan.target,
        labels.EXPECTATIONS: json.dumps(plan.expectations, sort_keys=True),
    }
