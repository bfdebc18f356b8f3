"""Hide the secrets that this node was given, by value, and what looks like one, in logs and messages."""

import json
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping

from node import files
from node.paths import PATHS, Paths

SHORTEST = 4  # a shorter value would hide ordinary words
PATTERNS = (
    (re.compile(r"(tskey|hskey)-[A-Za-z0-9_-]+"), r"\1-REDACTED"),
    (re.compile(r"eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+"), "JWT-REDACTED"),
    (re.compile(r"(token=|[Tt]oken |[Bb]earer )[0-9A-Za-z%._~+/=-]{8,}"), r"\1REDACTED"),
    (re.compile(r"(://[^/@:\s]*:)[^/@\s]+@"), r"\1REDACTED@"),
)


def given(names: Iterable[str], environ: Mapping[str, str], read_file: Callable[[str], str]) -> list[str]:
    """Return the lines of these secret variables and of the files that they name, the longest first."""
    lines = {line.strip() for text in texts(names, environ, read_file) for line in text.splitlines()}
    return sorted((line for line in lines if len(line) >= SHORTEST), key=len, reverse=True)


def texts(names: Iterable[str], environ: Mapping[str, str], read_file: Callable[[str], str]) -> Iterator[str]:
    """Yield the secrets as they were given, also those that the contract refuses."""
    identity = environ.get("NODE_IDENTITY", "")
    yield identity.partition("command:")[2]
    named = [identity] if identity.startswith("file:") else []
    for name in names:
        text = environ.get(name, "").strip()
        named += [text] if text.startswith("file:") else []
        yield "" if text.startswith("file:") else text
        named.append(environ.get(f"{name}_FILE", "").strip())
    for path in filter(None, named):
        try:
            yield read_file(path.removeprefix("file:"))
        except (OSError, UnicodeDecodeError):
            continue


def store(values: list[str], paths: Paths = PATHS) -> None:
    """Write the values for `redact`, and as rules of sed for bin/log-lines. Errors: OSError."""
    rules = "".join(f"s/{sed_pattern(value)}/REDACTED/g\n" for value in values)
    files.write(paths.hidden, json.dumps(values), 0o600)
    files.write(f"{paths.hidden}.sed", rules, 0o600)


def sed_pattern(value: str) -> str:
    """Return an extended regular expression that matches exactly this text."""
    literal = {"^": r"\^", "\\": r"\\", "/": r"\/", "]": "[]]"}
    return "".join(c if c.isalnum() else literal.get(c, f"[{c}]") for c in value)


def redact(text: str, paths: Paths = PATHS) -> str:
    """Return `text` without secrets; bin/log-lines does the same to the log."""
    if os.access(paths.hidden, os.R_OK):
        for value in json.loads(files.read(paths.hidden)):
            text = text.replace(value, "REDACTED")
    for pattern, replacement in PATTERNS:
        text = pattern.sub(replacement, text)
    return text
