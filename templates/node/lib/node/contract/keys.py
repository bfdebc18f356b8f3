"""Read authorized_keys from environment variables: several keys, on one line or many, none twice."""

import binascii
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from node.problems import Problem

TYPES = frozenset(
    {
        "ssh-ed25519",
        "ssh-rsa",
        "ecdsa-sha2-nistp256",
        "ecdsa-sha2-nistp384",
        "ecdsa-sha2-nistp521",
        "sk-ssh-ed25519@openssh.com",
        "sk-ecdsa-sha2-nistp256@openssh.com",
    }
)


class Key(NamedTuple):
    """One public key as sshd reads it; `blob` is its base64 part."""

    line: str
    blob: str


def parse(variable: str, text: str) -> tuple[list[Key], list[Problem]]:
    """Return the keys in the value of `variable`, and a problem for each line that holds none.

    A literal backslash-n counts as a line break, because the web forms of clouds produce them. No problem
    repeats the text: it may be a private key.
    """
    if "PRIVATE KEY" in text:
        remedy = "Give the public key (~/.ssh/id_ed25519.pub), and replace this key pair: it was exposed."
        return [], [Problem(f"{variable} holds a private key.", remedy)]
    keys: list[Key] = []
    problems: list[Problem] = []
    for number, line in enumerate(text.replace("\\n", "\n").splitlines(), start=1):
        of_line = list(line_keys(line.strip()))
        keys += of_line
        if not of_line and line.strip() and not line.strip().startswith("#"):
            what = f"{variable}: line {number} is not a public key that sshd accepts."
            remedy = "Use the content of a .pub file, for example `ssh-ed25519 AAAA... me@laptop`."
            problems.append(Problem(what, remedy))
    return keys, problems


def line_keys(line: str) -> Iterator[Key]:
    """Yield the keys on one line, with the options before the first one and the comment after each."""
    words = line.split()
    starts = [i for i in range(len(words) - 1) if is_key(words[i], words[i + 1])]
    if not starts or line.startswith("#"):
        return
    for start, end in zip(starts, [*starts[1:], len(words)], strict=True):
        options = line[: line.index(words[start])] if start and start == starts[0] else ""
        yield Key(options + " ".join(words[start:end]), words[start + 1])


def is_key(kind: str, blob: str) -> bool:
    """Return whether `blob` is base64 whose first field repeats `kind` (RFC 4253, 6.6)."""
    if kind not in TYPES:
        return False
    try:
        body = binascii.a2b_base64(blob, strict_mode=True)
    except binascii.Error:
        return False
    length = int.from_bytes(body[:4], "big")
    return body[4 : 4 + length] == kind.encode() and len(body) > 4 + length


def unique(keys: Iterable[Key]) -> list[Key]:
    """Return the first key of each blob."""
    first: dict[str, Key] = {}
    for key in keys:
        first.setdefault(key.blob, key)
    return list(first.values())
