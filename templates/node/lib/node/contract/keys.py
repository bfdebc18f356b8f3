"""Read authorized_keys from environment variables: several keys, on one line or many, none twice."""

import binascii
import re
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


# What sshd takes for options: no white space outside quotes.
OPTIONS = re.compile(r'(?:[^\s"#]|"(?:\\.|[^"\\])*")+')


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
            what = f"{variable}: line {number} is not one public key that sshd accepts."
            remedy = "Give one key a line: its options, then the content of a .pub file."
            problems.append(Problem(what, remedy))
    return keys, problems


def line_keys(line: str) -> Iterator[Key]:
    """Yield the key on one line with its options, or several that have neither options nor longer comments.

    A cloud's web form joins lines. Where it cannot be told which key an option belongs to, or whether a key
    is part of a comment, the line has none.
    """
    words = line.split()
    starts = [i for i in range(len(words) - 1) if is_key(words[i], words[i + 1])]
    if not starts or line.startswith("#"):
        return
    if len(starts) == 1:
        options = line[: line.index(words[starts[0]])].rstrip()
        if not options or OPTIONS.fullmatch(options):
            yield Key(" ".join([*filter(None, [options]), *words[starts[0] :]]), words[starts[0] + 1])
        return
    ends = [*starts[1:], len(words)]
    if starts[0] == 0 and all(end - start <= 3 for start, end in zip(starts, ends, strict=True)):
        for start, end in zip(starts, ends, strict=True):
            yield Key(" ".join(words[start:end]), words[start + 1])


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
