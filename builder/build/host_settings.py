"""Gather the settings of the host that a build needs to reach its registries: mirrors, proxies, a CA.

They reach RUN steps as BuildKit secrets (`build/<target>/sources/host/`) and are in no layer.
"""

from __future__ import annotations

import configparser
import os
import shlex
import shutil
import ssl
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import certifi

from builder.engine import apt_mirrors

_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")
_CA = ("SSL_CERT_FILE", "PIP_CERT", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
_APT_PROXIES = ("Acquire::http::Proxy", "Acquire::https::Proxy")
_INDEX = ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "PIP_INDEX_URL")


def settings(debian: str | None) -> dict[str, bytes]:
    """Return the four files by name: `env` (shell), `ca.pem`, `apt.conf`, `sources.list`.

    `debian` is the release of the image; None for another distribution, which keeps its own sources.
    """
    sources = "".join(f"{line}\n" for line in apt_mirrors.sources(debian)) if debian else ""
    return {
        "env": _env(dict(os.environ)).encode(),
        "ca.pem": ca_bundle().read_bytes(),
        "apt.conf": _apt_conf(sources).encode(),
        "sources.list": sources.encode(),
    }


def ca_bundle() -> Path:
    """Return the certificate bundle that this host trusts: its variables', its system's, else certifi's."""
    candidates = [os.environ.get(name) for name in _CA]
    candidates += [ssl.get_default_verify_paths().cafile, certifi.where()]
    return next(Path(path) for path in candidates if path and Path(path).is_file())


def _env(environ: Mapping[str, str]) -> str:
    values = {"SSL_CERT_FILE": "/run/host/ca.pem", "APT_CONFIG": "/run/host/apt.conf"}
    values |= {"DEBIAN_FRONTEND": "noninteractive", "UV_PYTHON_DOWNLOADS": "never"}
    # By default uv fails when one file takes 60 s to compile, as it may on a slow machine.
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
    return "".join(f"export {name}={shlex.quote(value)}\n" for name, value in values.items())


def _pip_index() -> str | None:
    """Return the index in pip's configuration files, if any; the last file that names one counts.

    They are read here: `pip config` takes half a second, and its `get` knows the user's file alone.
    """
    config = configparser.RawConfigParser()
    with suppress(configparser.Error):
        config.read(_pip_files(), encoding="utf-8")
    return config.get("global", "index-url", fallback="").strip() or None


def _pip_files() -> list[Path]:
    """List pip's configuration files in pip's own order: global, user, site, PIP_CONFIG_FILE."""
    chosen = os.environ.get("PIP_CONFIG_FILE", "")
    if chosen == os.devnull:
        return []
    systems = os.environ.get("XDG_CONFIG_DIRS") or "/etc/xdg"
    user = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    folders = [*(Path(folder) / "pip" for folder in systems.split(os.pathsep)), Path("/etc")]
    if sys.platform == "darwin":
        folders.append(Path.home() / "Library" / "Application Support" / "pip")
    folders += [Path.home() / ".pip", user / "pip", Path(sys.prefix)]
    return [*(folder / "pip.conf" for folder in folders), *([Path(chosen)] if chosen else [])]


def _apt_conf(sources: str) -> str:
    lines = _apt_proxies()
    if sources:
        lines += ['Dir::Etc::SourceList "/run/host/sources.list";', 'Dir::Etc::SourceParts "/dev/null";']
    return "".join(f"{line}\n" for line in lines)


def _apt_proxies() -> list[str]:
    """Return the host's own proxy settings for apt, as lines of its configuration."""
    if not shutil.which("apt-config"):
        return []
    done = subprocess.run(["apt-config", "dump"], capture_output=True, text=True)
    return [line for line in done.stdout.splitlines() if line.startswith(_APT_PROXIES)]
