"""Where uv takes a project's dependencies from: `[tool.uv.sources]` and `[[tool.uv.index]]`."""

from __future__ import annotations

import re
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from builder.core import files
from builder.core.errors import Where
from builder.targets.markers import applies
from builder.targets.project import local
from builder.targets.project.reading import Reading
from builder.targets.project.toml import Toml


class Sources:
    """The sources of a project, and the indexes that it names."""

    def __init__(self, document: Toml) -> None:
        self._document = document
        self._sources = {
            canonicalize_name(name): value for name, value in document.table("tool", "uv", "sources").items()
        }
        named = document.tables("tool", "uv", "index")
        self._indexes = {str(one.get("name", n)): one for n, one in enumerate(named)}

    def require(self, text: str, where: Where, taken: frozenset[str], into: Reading) -> None:
        """Take a requirement from where its source says; `taken`: the extras or groups that ask."""
        try:
            parsed = Requirement(text)
        except InvalidRequirement:
            into.require(text, where)
            return
        source = self._source(parsed, taken, into.wishes.python)
        place = self._document.where(r"^\s*\[tool\.uv\.sources", rf"^\s*[\"']?{re.escape(parsed.name)}\b")
        if not source or not _needed(text, into):
            into.require(text, where)
        elif url := _address(source):
            into.require(f"{parsed.name} @ {url}" + (f" ; {parsed.marker}" if parsed.marker else ""), place)
        elif "path" in source or "workspace" in source:
            self._folder(parsed, source, place, into)
        else:
            self._from_index(str(source.get("index", "")), place, into)
            into.require(text, where)

    def _source(self, parsed: Requirement, taken: frozenset[str], python: str) -> dict[str, Any]:
        """The source that counts for this image: the first whose marker and extra hold."""
        found = self._sources.get(canonicalize_name(parsed.name))
        for one in found if isinstance(found, list) else [found]:
            if not isinstance(one, dict):
                continue
            marker, only = one.get("marker"), one.get("extra") or one.get("group")
            if (not marker or applies(f"x ; {marker}", python)) and (not only or only in taken):
                return one
        return {}

    def _from_index(self, name: str, place: Where, into: Reading) -> None:
        """Take an index by its name."""
        if isinstance(url := self._indexes.get(name, {}).get("url"), str):
            into.index(url, self._document.where(rf"^\s*url\s*=\s*[\"']{re.escape(url)}"))
        else:
            into.refuse(f"no index {name!r} in [[tool.uv.index]]", "correct its name", place)

    def _folder(self, parsed: Requirement, source: dict[str, Any], place: Where, into: Reading) -> None:
        """Take what another project of the repository needs."""
        base = self._document.path.parent
        members = [base / str(source["path"])] if "path" in source else sorted(base.glob(f"*/{parsed.name}"))
        folder = next((files.real(one) for one in members if one.is_dir()), None)
        if folder is None:
            into.refuse(
                f"the folder of {parsed.name} is not found", "write what it needs into `packages.pip`", place
            )
            return
        into.note(parsed.name, local.installed_how(folder), place)
        into.folders.append((folder, place, frozenset(parsed.extras)))

    def indexes(self, into: Reading) -> None:
        """Take the indexes that serve every package: those that are not explicit."""
        for one in self._indexes.values():
            url = one.get("url")
            if isinstance(url, str) and not one.get("explicit"):
                into.index(url, self._document.where(rf"^\s*url\s*=\s*[\"']{re.escape(url)}"))
        for key in ("index-url", "extra-index-url"):
            found = self._document.at("tool", "uv", key)
            for url in found if isinstance(found, list) else [found]:
                if isinstance(url, str):
                    into.index(url, self._document.where(rf"^\s*{key}\b"))


def _needed(text: str, into: Reading) -> bool:
    return applies(text, into.wishes.python)


def _address(source: dict[str, Any]) -> str:
    """The address of a repository or a file, empty where a source is neither."""
    if isinstance(git := source.get("git"), str):
        pin = source.get("rev") or source.get("tag") or source.get("branch")
        return f"git+{git}" + (f"@{pin}" if pin else "")
    return str(source.get("url", ""))
