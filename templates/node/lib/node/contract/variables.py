"""Read variables with their aliases and _FILE forms; collect each problem and read on."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeVar

from node.problems import Problem

T = TypeVar("T")

AUTHKEY = ("TS_AUTHKEY", "TAILSCALE_AUTHKEY", "TAILSCALE_AUTH_KEY")
CLIENT_SECRET = "TS_CLIENT_SECRET"
ID_TOKEN = "TS_ID_TOKEN"
SECRETS = (*AUTHKEY, CLIENT_SECRET, ID_TOKEN, "JUPYTER_TOKEN", "JUPYTER_PASSWORD")
PLAIN = (
    "NODE_IDENTITY",
    "TS_LOGIN_SERVER",
    "TS_HOSTNAME",
    "TS_TAGS",
    "TS_CLIENT_ID",
    "TS_AUDIENCE",
    "NODE_SSH",
    "SSH_PUBLIC_KEY",
    "PUBLIC_KEY",
    "JUPYTER_PORT",
    "NODE_JUPYTER",
    "NODE_FORWARDS",
    "NODE_GATEWAY_PORT",
)
# Every variable of the contract. They are listed because Node.js has NODE_ENV and NODE_OPTIONS.
CONTRACT_NAMES = frozenset({*PLAIN, *SECRETS, *(f"{name}_FILE" for name in SECRETS)})
TS_NODE_PREFIX = "TS_NODE_"  # the settings of ts-node, which begin like tailscaled's


# The fewest characters of what opens Jupyter. All peers come from 127.0.0.1: no guesser can be shut out.
STRENGTHS = {"JUPYTER_TOKEN": 16, "JUPYTER_PASSWORD": 10}
DIFFERENT = 5


def weak(text: str, shortest: int) -> bool:
    """Return whether a token or password is short, or made of few different characters."""
    return len(text) < shortest or len(set(text)) < DIFFERENT


class InvalidValueError(ValueError):
    """A value that cannot be used; `remedy` says what to write instead."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(what)
        self.remedy = remedy


class Variables:
    """The environment, and the problems met while reading it."""

    def __init__(self, environ: Mapping[str, str], read_file: Callable[[str], str]) -> None:
        self.environ = environ
        self.read_file = read_file
        self.problems: list[Problem] = []

    def complain(self, what: str, remedy: str) -> None:
        self.problems.append(Problem(what, remedy))

    def text(self, name: str) -> str:
        """Return the value without surrounding white space; empty text means that none is given."""
        return self.environ.get(name, "").strip()

    def parsed(self, name: str, parse: Callable[[str], T], default: T) -> T:
        """Return the value as `parse` returns it, or `default` where none is given or parse refuses it."""
        if not (text := self.text(name)):
            return default
        try:
            return parse(text)
        except InvalidValueError as error:
            self.complain(f"{name}: {error}", error.remedy)
            return default

    def choice(self, name: str, allowed: Sequence[str], default: str) -> str:
        """Return one of `allowed`; the case of the value does not matter."""

        def parse(text: str) -> str:
            if text.lower() not in allowed:
                what = f"{text!r} is unknown; {default!r} is used."
                raise InvalidValueError(what, f"Use one of {', '.join(allowed)}.")
            return text.lower()

        return self.parsed(name, parse, default)

    def secret(self, *names: str) -> str:
        """Return the first secret given under `names`, each also as NAME_FILE and as `file:PATH`."""
        secrets = [(name, value) for name in names for value in self.forms(name)]
        if len({value for _, value in secrets}) > 1:
            given = " and ".join(name for name, _ in secrets)
            self.complain(f"{given} differ; {secrets[0][0]} is used.", "Set only one of them.")
        return secrets[0][1] if secrets else ""

    def forms(self, name: str) -> Iterator[str]:
        """Yield the usable values of one secret variable."""
        text = self.text(name)
        path = text.removeprefix("file:") if text.startswith("file:") else self.text(f"{name}_FILE")
        if text and not text.startswith("file:") and (value := self.one_word(name, text)):
            yield value
        if path and (value := self.file(name, path)):
            yield value

    def file(self, name: str, path: str) -> str:
        """Return the secret in a file; where there is none, empty text and a problem."""
        try:
            text = self.read_file(path).strip()
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "not text"
            remedy = "Mount the file so that the node's user can read it."
            self.complain(f"{name}: cannot read {path}: {reason}.", remedy)
            return ""
        if not text:
            self.complain(f"{name}: {path} is empty.", "Write the value into it before the node starts.")
        return self.one_word(name, text)

    def one_word(self, name: str, text: str) -> str:
        """Return the secret, unless it contains white space: then it was pasted wrongly. Passwords may."""
        if name != "JUPYTER_PASSWORD" and re.search(r"\s", text):
            self.complain(f"{name} contains white space.", "Give the value alone, on one line.")
            return ""
        if name in STRENGTHS and weak(text, STRENGTHS[name]):
            what = f"{name} is too easy to guess for what runs code for whoever knows it; it is not used."
            least = STRENGTHS[name]
            remedy = f"Give at least {least} characters, not all alike: `openssl rand -hex 24` prints some."
            self.complain(what, remedy)
            return ""
        return text

    def unknown(self) -> Iterator[Problem]:
        """Yield a problem for each variable that looks like the contract's and is not part of it."""
        for name in sorted(set(self.environ) - CONTRACT_NAMES):
            if name.startswith(TS_NODE_PREFIX):
                continue
            prefixed = name.startswith(("NODE_", "TS_", "TAILSCALE_", "JUPYTER_"))
            if prefixed and (near := self.near(name)):
                yield Problem(f"{name} is not read by a node.", f"Did you mean {near}?")
            elif name.startswith("TS_"):
                known = ", ".join(n for n in sorted(CONTRACT_NAMES) if n.startswith("TS_"))
                yield Problem(f"{name} is not read by a node.", f"Unset it; the node reads {known}.")

    def near(self, name: str) -> str:
        """Return the variable of the contract that `name` is close to, or empty text."""
        from difflib import get_close_matches  # costs 5 ms, and few boots need it

        return next(iter(get_close_matches(name, CONTRACT_NAMES, n=1, cutoff=0.85)), "")
