"""The schema of a target file: its keys, and what each value may be."""

from __future__ import annotations

from typing import Annotated, Literal

from packaging.requirements import InvalidRequirement, Requirement
from pydantic import AfterValidator, BeforeValidator, Field

from builder.core.model import Strict, regex

SshBackend = Literal["tailscale", "sshd", "both", "off"]

# Variables that the node itself sets. Keys written here would end up in the image.
_RESERVED = ("PATH", "VIRTUAL_ENV")
_SECRETS = (
    "TS_AUTHKEY",
    "TAILSCALE_AUTHKEY",
    "TAILSCALE_AUTH_KEY",
    "TS_CLIENT_SECRET",
    "TS_ID_TOKEN",
    "JUPYTER_TOKEN",
    "JUPYTER_PASSWORD",
)


def requirement(text: str) -> str:
    """Check a Python requirement that is no URL, and return it unchanged. Raises ValueError."""
    if Requirement(_package(text)).url:
        raise ValueError("a requirement by URL cannot stand here; name a released version")
    return text


def _package(text: str) -> str:
    """Check a Python requirement, and return it unchanged: whether a URL serves is judged for an image."""
    try:
        Requirement(text)
    except InvalidRequirement as error:
        raise ValueError(f"not a Python requirement ({str(error).splitlines()[0]})") from None
    if any(character in text for character in "\n\r\x00"):
        raise ValueError("a requirement is one line")
    return text


def _env_name(name: str) -> str:
    if name in _RESERVED:
        raise ValueError(f"{name} belongs to the node; give it at run time, never in an image")
    if name.removesuffix("_FILE") in _SECRETS:
        raise ValueError(f"{name} is a secret; give it at run time, never in an image")
    return name


def _jupyter(value: object) -> object:
    """Expand `jupyter: true` and `false` to `{enabled: true}` and `{enabled: false}`."""
    if isinstance(value, bool):
        return {"enabled": value}
    if not isinstance(value, dict):
        raise ValueError("true or false was expected")
    return value


def _accepted(value: object) -> object:
    if value is not True:
        raise ValueError(
            "Microsoft's licence lets you use its server with VS Code but not pass it on; "
            "write `true` if you accept that, and keep the image private"
        )
    return value


def _path(text: str) -> str:
    if len(text.encode()) > 1000 or any(len(part.encode()) > 255 for part in text.split("/")):
        raise ValueError("a name in this path is too long")
    return text


_PATH = r"[^\x00-\x1f\x7f/][^\x00-\x1f\x7f]*"

AptPackage = Annotated[
    str,
    regex(r"[a-z0-9][a-z0-9+.-]+", "one Debian package was expected: its name in small letters, no version"),
]
Source = Annotated[
    str,
    regex(
        r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?|\./[^\x00-\x20\x7f:]+",
        "a package's name was expected, or the path of a project beside this file: ./mine",
    ),
]
PipRequirement = Annotated[str, AfterValidator(requirement)]
Package = Annotated[str, AfterValidator(_package)]
Gpu = Annotated[
    str,
    regex(r"sm_[0-9]{2,3}", "a compute capability was expected: sm_89 is RTX 40, sm_120 RTX 50, sm_90 H100"),
]
CudaVersion = Annotated[str, regex(r"[0-9]{2}(\.[0-9]+)?", "a CUDA version was expected: 12 or 12.8")]
PythonVersion = Annotated[str, regex(r"3\.[0-9]+", "a Python version was expected: 3.13")]
EnvName = Annotated[
    str,
    regex(r"[A-Za-z_][A-Za-z0-9_]*", "a variable's name was expected: letters, digits and _, no digit first"),
    AfterValidator(_env_name),
]
EnvValue = Annotated[str, regex(r"[^\x00\n\r]*", "a single line was expected")]
Line = Annotated[str, regex(r"[^\x00-\x1f\x7f]+", "a single line of text was expected")]
ImageName = Annotated[
    str,
    regex(r"[a-z0-9][A-Za-z0-9._/:@-]*", "an image's name was expected, in small letters: ubuntu:24.04"),
]
RelativePath = Annotated[
    str,
    regex(_PATH, "a path that begins at the folder of this file was expected: sub/name"),
    AfterValidator(_path),
]
AbsolutePath = Annotated[
    str,
    regex(
        r"(/[^\x00-\x1f\x7f/]+)+",
        "a path in the image was expected: it begins with / and does not end with it (~ is /home/dev)",
    ),
    AfterValidator(_path),
]
Name = Annotated[
    str, regex(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?", "a name was expected, as the project writes it")
]
IndexUrl = Annotated[
    str,
    regex(
        r"https?://[A-Za-z0-9][A-Za-z0-9.-]*(:\d+)?(/[A-Za-z0-9._~%+/-]*)?",
        "the address of a package index was expected, without credentials: https://host/simple",
    ),
]
Script = Annotated[str, regex(r"[^\x00]*\S[^\x00]*", "a script was expected, and this is empty")]
Scripts = tuple[Script, ...]
Extension = Annotated[
    str,
    regex(
        rf"[A-Za-z0-9][A-Za-z0-9-]*\.[A-Za-z0-9._-]+|{_PATH}\.vsix",
        "an extension was expected: publisher.name as in ms-python.python, or the path of a .vsix file",
    ),
    AfterValidator(_path),
]


class Packages(Strict):
    """The user's Debian packages, and Python requirements for /opt/venv."""

    apt: tuple[AptPackage, ...] = ()
    pip: tuple[Package, ...] = ()
    from_source: tuple[Source, ...] = ()
    exclude: tuple[Name, ...] = ()


class Jupyter(Strict):
    """JupyterLab and its extensions, in an environment of their own."""

    enabled: bool = True
    extensions: tuple[PipRequirement, ...] = ()


class VsCodeServer(Strict):
    """Microsoft's server for VS Code, downloaded by the user, so that the first visit needs no download."""

    archive: RelativePath
    accept_license: Annotated[bool, BeforeValidator(_accepted)]


class VsCode(Strict):
    """Extensions (`publisher.name`, or a .vsix file) and the server for VS Code."""

    extensions: tuple[Extension, ...] = ()
    server: VsCodeServer | None = None


class Hooks(Strict):
    """Shell scripts (bash, as root) at named points of the build."""

    after_system: Scripts = ()
    after_packages: Scripts = ()
    at_the_end: Scripts = ()


class TargetFile(Strict):
    """One YAML file, without what it inherits."""

    description: Line | None = None
    extends: RelativePath | None = None
    base: Annotated[ImageName | None, Field(alias="from")] = None
    python: PythonVersion | None = None
    framework: PipRequirement | None = None
    cuda: CudaVersion | None = None
    gpus: tuple[Gpu, ...] = ()
    ssh: SshBackend | None = None
    jupyter: Annotated[Jupyter | None, BeforeValidator(_jupyter)] = None
    vscode: VsCode = VsCode()
    packages: Packages = Packages()
    requirements: RelativePath | None = None
    project: RelativePath | None = None
    extras: tuple[Name, ...] = ()
    groups: tuple[Name, ...] = ()
    indexes: tuple[IndexUrl, ...] = ()
    files: dict[AbsolutePath, RelativePath] = Field(default_factory=dict)
    run: Hooks = Hooks()
    env: dict[EnvName, EnvValue] = Field(default_factory=dict)
    checks: tuple[RelativePath, ...] = ()
    disk_gb: Annotated[int, Field(gt=0)] | None = None
