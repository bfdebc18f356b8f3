"""Poetry's words for a dependency, in those of PEP 508 and PEP 440."""

from __future__ import annotations

import re
from typing import Any

_VERSION = re.compile(r"\s*(?P<sign>\^|~(?!=))?\s*(?P<version>\d[\w.*+!-]*)\s*")


def requirement(name: str, value: Any) -> str:
    """Write one dependency of Poetry as PEP 508 does."""
    table = {"version": value} if isinstance(value, str) else value if isinstance(value, dict) else {}
    extras = f"[{','.join(map(str, table['extras']))}]" if table.get("extras") else ""
    marker = " and ".join(
        filter(
            None,
            [_python(table.get("python")), _platform(table.get("platform")), _words(table.get("markers"))],
        )
    )
    return f"{name}{extras}{_source(table)}" + (f" ; {marker}" if marker else "")


def _source(table: dict[str, Any]) -> str:
    if git := table.get("git"):
        pin = table.get("rev") or table.get("tag") or table.get("branch")
        return f" @ git+{git}" + (f"@{pin}" if pin else "")
    if url := table.get("url"):
        return f" @ {url}"
    if path := table.get("path"):
        return f" @ file://{path}"
    return specifier(str(table.get("version", "*")))


def _words(marker: Any) -> str:
    return f"({marker})" if isinstance(marker, str) else ""


def _platform(platform: Any) -> str:
    return f"sys_platform == '{platform}'" if isinstance(platform, str) else ""


def _python(versions: Any) -> str:
    parts = specifier(versions).split(",") if isinstance(versions, str) else []
    signs = (re.fullmatch(r"([<>=!~]+)\s*(.*)", part) for part in parts)
    return " and ".join(f"python_full_version {found[1]} '{found[2]}'" for found in signs if found)


def specifier(text: str) -> str:
    """Write Poetry's versions as PEP 440 does: `>=1.2.3,<2` for `^1.2.3`. Of `a || b` the newest counts."""
    parts = [part for part in re.split(r"\s*,\s*|\s+(?=[<>=!~^])", text.split("||")[-1].strip()) if part]
    return ",".join(filter(None, map(_part, parts)))


def _part(text: str) -> str:
    """One comparison."""
    found = _VERSION.fullmatch(text)
    if not found:
        return "" if text == "*" else text.replace(" ", "")
    version, sign = found["version"], found["sign"]
    if sign:
        return f">={version},<{_next(version, sign)}"
    return f"=={version}"


def _next(version: str, sign: str) -> str:
    """The first version that a caret or a tilde excludes."""
    numbers = [int(number) for number in re.findall(r"\d+", version.partition("+")[0])[:3]]
    if sign == "~":
        at = min(1, len(numbers) - 1)
    else:
        at = next((n for n, number in enumerate(numbers) if number), len(numbers) - 1)
    return ".".join(map(str, [*numbers[:at], numbers[at] + 1]))
