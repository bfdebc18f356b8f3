"""Settings of the host that a build needs to reach its registries: mirrors, proxies, a CA of its own.

They reach RUN steps as BuildKit secrets (`build/<target>/sources/host/`) and are in no layer.
"""

from __future__ import annotations

import configparser
import netrc
import os
import shlex
import shutil
import ssl
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import certifi

from builder.engine import apt_mirrors

_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")
_APT_PROXIES = ("Acquire::http::Proxy", "Acquire::https::Proxy")
_CA = ("SSL_CERT_FILE", "PIP_CERT", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
_INDEX = ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "PIP_INDEX_URL")


def settings(debian: str | None, indexes: Sequence[str] = ()) -> dict[str, bytes]:
    """The four files by name: `env` (shell), `ca.pem`, `apt.conf`, `sources.list`.

    `debian` is the release of the image; None for another distribution, which keeps its own sources.
    `indexes` are the target's, for which ~/.netrc may hold credentials.
    """
    sources = "".join(f"{line}\n" for line in apt_mirrors.sources(debian)) if debian else ""
    return {
        "env": (_env(dict(os.environ)) + _exports(_private(indexes))).encode(),
        "ca.pem": ca_bundle().read_bytes(),
        "apt.conf": _apt_conf(sources).encode(),
        "sources.list": sources.encode(),
    }


def ca_bundle() -> Path:
    """The certificate bundle this host trusts: its variables, its system's, else Mozilla's by certifi."""
    candidates = [os.environ.get(name) for name in _CA]
    candidates += [ssl.get_default_verify_paths().cafile, certifi.where()]
    return next(Path(path) for path in candidates if path and Path(path).is_file())


def _env(environ: Mapping[str, str]) -> str:
    values = {"SSL_CERT_FILE": "/run/host/ca.pem", "APT_CONFIG": "/run/host/apt.conf"}
    values |= {"DEBIAN_FRONTEND": "noninteractive", "UV_PYTHON_DOWNLOADS": "never"}
    # A slow machine is no reason to fail: uv would stop after 60 s at one file.
    values |= {
        "UV_COMPILE_BYTECODE": "1",
        "UV_COMPILE_BYTECODE_TIMEOUT": "0",
        "UV_LINK_MODE": "copy",
        "NO_COLOR": "1",
    }
    for name in _PROXIES:
        if value := environ.get(name) or environ.get(name.lower()):
            values |= {name: value, name.lower(): value}
    if index := next((environ[name] for name in _INDEX if environ.get(name)), None) or _pip_index():
        values["UV_DEFAULT_INDEX"] = index
    return _exports(values)


def _exports(values: Mapping[str, str]) -> str:
    return "".join(f"export {name}={shlex.quote(value)}\n" for name, value in values.items())


def _private(indexes: Sequence[str]) -> dict[str, str]:
    """Name the indexes for uv, with the credentials that ~/.netrc holds for their hosts."""
    if not indexes:
        return {}
    values = {"UV_INDEX": " ".join(f"tailbox{n}={address}" for n, address in enumerate(indexes))}
    for n, address in enumerate(indexes):
        if found := _credentials(urlsplit(address).hostname or ""):
            values |= {f"UV_INDEX_TAILBOX{n}_USERNAME": found[0], f"UV_INDEX_TAILBOX{n}_PASSWORD": found[1]}
    return values


def _credentials(host: str) -> tuple[str, str] | None:
    """Return the user and the password of a host in ~/.netrc, or in the file that NETRC names."""
    file = Path(os.environ.get("NETRC") or Path.home() / ".netrc")
    with suppress(OSError, netrc.NetrcParseError):
        if found := netrc.netrc(file).authenticators(host):
            return found[0], found[2]
    return None


def _pip_index() -> str | None:
    """Read the index that pip is configured for by file, if any; pip itself takes a quarter of a second."""
    parser = configparser.RawConfigParser()
    with suppress(configparser.Error, UnicodeDecodeError):
        parser.read(_pip_files(), encoding="utf-8")
    names = ("index-url", "index_url")
    return next((parser["global"][name] for name in names if parser.has_option("global", name)), None)


def _pip_files() -> list[Path]:
    """Return where pip reads settings: of the system, the user, the environment, and PIP_CONFIG_FILE."""
    override = os.environ.get("PIP_CONFIG_FILE")
    if override == os.devnull:
        return []
    config = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    support = "Library/Application Support/pip/pip.conf"
    files = [Path("/etc/xdg/pip/pip.conf"), Path("/etc/pip.conf"), Path("/") / support]
    files += [Path.home() / ".pip" / "pip.conf", Path(config) / "pip" / "pip.conf", Path.home() / support]
    return [*files, Path(sys.prefix) / "pip.conf", *([Path(override)] if override else [])]


def _apt_conf(sources: str) -> str:
    lines = _apt_proxies()
    if sources:
        lines += ['Dir::Etc::SourceList "/run/host/sources.list";', 'Dir::Etc::SourceParts "/dev/null";']
    return "".join(f"{line}\n" for line in lines)


def _apt_proxies() -> list[str]:
    """Return apt's settings of proxies, as it writes them."""
    if not shutil.which("apt-config"):
        return []
    done = subprocess.run(["apt-config", "dump"], capture_output=True, text=True)
    return [line for key in _APT_PROXIES for line in done.stdout.splitlines() if line.startswith(key)]
