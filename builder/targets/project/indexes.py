"""What the address of a package index stands for: PyPI, PyTorch's wheels for one CUDA, or a private index."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

# PyPI, and public copies of it whose address does not say so in its path.
_PYPI = re.compile(
    r"^(pypi\.org|pypi\.python\.org|pypi\.tuna\.tsinghua\.edu\.cn|pypi\.mirrors\.ustc\.edu\.cn|pypi\.douban\.com)$"
)
_COPIES = re.compile(r"^mirrors\..*/pypi/(web/)?simple|^repo\.huaweicloud\.com/repository/pypi/simple")
_PYTORCH = re.compile(r"(?:download\.pytorch\.org/whl|/pytorch-wheels|/pytorch/whl|/whl)\b")
_VARIANT = re.compile(r"/(?:cu(?P<cuda>\d{3})|(?P<other>cpu|xpu|rocm[\d.]*))(?:/|$)")


@dataclass(frozen=True)
class Index:
    """An index by its address without credentials.

    `variant` is what PyTorch's index holds wheels for: `12.8` for CUDA 12.8, `cpu`, or empty.
    """

    url: str
    pypi: bool = False
    pytorch: bool = False
    variant: str = ""
    credentials: bool = False

    @property
    def is_pypi(self) -> bool:
        """Whether it is PyPI itself, rather than a mirror."""
        return urlsplit(self.url).hostname in ("pypi.org", "pypi.python.org")


def index(address: str) -> Index:
    """Read the address of an index as pip or uv take it."""
    url, credentials = _without_credentials(address.strip().strip("'\""))
    host, path = urlsplit(url).hostname or "", urlsplit(url).path
    if _PYPI.match(host) or _COPIES.match(f"{host}{path}"):
        return Index(url, pypi=True, credentials=credentials)
    if not _PYTORCH.search(f"{host}{path}"):
        return Index(url, credentials=credentials)
    found = _VARIANT.search(path)
    variant = (cuda_version(found["cuda"]) if found["cuda"] else found["other"]) if found else ""
    return Index(url, pytorch=True, variant=variant)


def cuda_version(digits: str) -> str:
    """`12.8` for `128`, as it stands behind `cu`."""
    return f"{digits[:-1]}.{digits[-1]}"


def _without_credentials(address: str) -> tuple[str, bool]:
    found = re.match(r"(https?://)[^/@]*@(.*)", address)
    return (found[1] + found[2], True) if found else (address, False)
