"""A conda environment: packages that PyPI has under these or other names, Python, CUDA, and pip's part."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from builder.core.errors import InvalidInputError, Problem, Where
from builder.core.yaml_document import Document
from builder.targets.project import requirements_txt, text
from builder.targets.project.reading import Reading

# What PyPI calls otherwise, and what Debian has instead.
_PYPI = {
    "pytorch": "torch",
    "pytorch-gpu": "torch",
    "pytorch-lightning": "pytorch-lightning",
    "tensorflow-gpu": "tensorflow",
    "opencv": "opencv-python-headless",
    "py-opencv": "opencv-python-headless",
    "matplotlib-base": "matplotlib",
    "msgpack-python": "msgpack",
    "python-graphviz": "graphviz",
    "tables": "tables",
    "pytables": "tables",
    "faiss-cpu": "faiss-cpu",
    "pillow-simd": "pillow",
    "huggingface_hub": "huggingface-hub",
    "pydub": "pydub",
    "ruamel_yaml": "ruamel.yaml",
    "importlib_metadata": "importlib-metadata",
}
_DEBIAN = {
    "ffmpeg": "ffmpeg",
    "git": "git",
    "git-lfs": "git-lfs",
    "graphviz": "graphviz",
    "libsndfile": "libsndfile1",
    "sox": "sox",
    "cmake": "cmake",
    "ninja": "ninja-build",
    "make": "make",
    "gxx_linux-64": "g++",
    "gcc_linux-64": "gcc",
    "compilers": "build-essential",
    "nodejs": "nodejs",
    "openjdk": "default-jre-headless",
    "wget": "wget",
    "curl": "curl",
    "unzip": "unzip",
    "tmux": "tmux",
    "htop": "htop",
    "portaudio": "libportaudio2",
    "espeak-ng": "espeak-ng",
    "libgl": "libgl1",
}
_CUDA = frozenset({"cudatoolkit", "pytorch-cuda", "cuda-version", "cuda-toolkit", "cuda"})
# What an image has, what comes with a framework, and what only conda's builds need.
_THERE = frozenset(
    {"pip", "ca-certificates", "openssl", "conda", "mamba", "nomkl", "mkl", "libgcc-ng", "libstdcxx-ng"}
    | {"cudnn", "cuda-runtime", "cpuonly", "pytorch-mutex", "nccl"}
)
_SPEC = re.compile(
    r"(?:[\w.-]+::)?(?P<name>[\w.-]+)\s*(?:\[[^]]*\])?\s*(?P<version>[<>=!~*\d][^\s]*)?(?:\s+\S+)?"
)


@dataclass
class Environment:
    """An environment as it is taken over: what has a counterpart, and what has none."""

    taken: list[str] = field(default_factory=list)
    apt: list[str] = field(default_factory=list)
    without: list[str] = field(default_factory=list)
    cuda: str = ""


def is_conda(path: Path) -> bool:
    """Whether a file is a conda environment by its name."""
    return path.suffix in (".yaml", ".yml")


def read(path: Path, where: Where | None, into: Reading) -> None:
    """Take over an environment, and say in one answer what was taken over. Raises InvalidInputError."""
    document = Document(path, text.read(path, where))
    listed = document.data.get("dependencies")
    if not isinstance(listed, list):
        said = "neither a requirements.txt nor a conda environment: it has no list `dependencies`"
        raise InvalidInputError(Problem(said, "name a requirements.txt", Where(path, 1)))
    found, before = Environment(), len(into.problems)
    for n, item in enumerate(listed):
        place = document.where(("dependencies", n))
        if isinstance(item, dict):
            _pip(item, document, n, found, into)
        else:
            _take(str(item), place, found, into)
    into.apt += found.apt
    _answer(path, found, before, into)


def _take(item: str, place: Where, found: Environment, into: Reading) -> None:
    """Take over one package of conda."""
    parsed = _SPEC.fullmatch(item.strip())
    if not parsed:
        found.without.append(item)
        return
    name, version = parsed["name"].lower(), _version(parsed["version"] or "")
    if name == "python":
        into.python(version or ">=3.10", place)
    elif name in _CUDA:
        found.cuda = found.cuda or version.lstrip("=").removesuffix(".*")
    elif name in _THERE:
        return
    elif name in _DEBIAN and name not in _PYPI:
        found.apt.append(_DEBIAN[name])
    elif name.startswith(("lib", "_", "r-", "gcc", "gxx")) or "_linux-64" in name:
        found.without.append(item)
    else:
        taken = f"{_PYPI.get(name, name)}{version}"
        found.taken.append(taken)
        into.require(taken, place)


def _version(written: str) -> str:
    """Conda's `1.11`, `=1.11=py39_0` and `==1.11.0` as PEP 440 has it; a build is left out."""
    version = re.sub(r"^(==?)?([\d.]+\*?)=.*$", r"\1\2", written.replace("|", ","))
    if found := re.fullmatch(r"=?([\d.]+?)(\.?\*)?", version):
        full = found[1].count(".") >= 2 and not found[2]
        return f"=={found[1]}" if full else f"=={found[1]}.*"
    return version


def _pip(item: dict[Any, Any], document: Document, n: int, found: Environment, into: Reading) -> None:
    """Take pip's part as a requirements.txt."""
    listed = item.get("pip")
    for k, line in enumerate(listed if isinstance(listed, list) else ()):
        place = document.where(("dependencies", n, "pip", k))
        found.taken.append(str(line))
        requirements_txt.take_line(str(line), place, document.path.parent, into)


def _answer(path: Path, found: Environment, before: int, into: Reading) -> None:
    """One note; with what is wrong, one problem."""
    parts = [f"taken over: {', '.join(found.taken) or 'nothing'}"]
    if found.cuda:
        parts.append(f"CUDA {found.cuda}: the framework's wheels bring their own")
    if found.apt:
        parts.append(f"write packages: {{apt: [{', '.join(found.apt)}]}}")
    if found.without:
        parts.append(f"without a counterpart: {', '.join(found.without)}")
    wrong = into.problems[before:]
    if not wrong:
        into.note("an environment of conda", "; ".join(parts), Where(path, 1))
        return
    del into.problems[before:]
    head = "an environment of conda that cannot be taken over as it is"
    faults = (f"line {one.where.line if one.where else 1}: {one.what}" for one in wrong)
    remedy = "; ".join(dict.fromkeys(one.remedy for one in wrong))
    into.refuse("\n  ".join([head, *faults, *parts]), remedy, Where(path, 1))
