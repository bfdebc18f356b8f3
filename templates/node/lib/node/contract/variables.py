"""Reading variables: aliases, _FILE forms, choices; each problem is kept and the reading goes on."""

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
    "NODE_TRANSPARENT",
    "NODE_GATEWAY_PORT",
)
# Every variable of the contract. All of NODE_* would take NODE_ENV and NODE_OPTIONS from Node.js programs.
OWN_NAMES = frozenset({*PLAIN, *SECRETS, *(f"{name}_FILE" for name in SECRETS)})


OTHERS = "TS_NODE_"  # ts-node's settings begin like tailscaled's


class Wrong(ValueError):
    """A value that cannot be used; `remedy` says what could."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(what)
        self.remedy = remedy


class Variables:
    """The environment, and the problems found while reading it."""

    def __init__(self, environ: Mapping[str, str], read_file: Callable[[str], str]) -> None:
        self.environ = environ
        self.read_file = read_file
        self.problems: list[Problem] = []

    def text(self, name: str) -> str:
        """The value without surrounding white space; empty where not given."""
        return self.environ.get(name, "").strip()

    def given(self, name: str) -> bool:
        """Whether the variable has a value; an empty one counts as not given."""
        return bool(self.text(name))

    def checked(self, name: str, check: Callable[[str], T], default: T) -> T:
        """The value as `check` returns it; where it raises Wrong, a problem and `default`."""
        if not self.given(name):
            return default
        try:
            return check(self.text(name))
        except Wrong as wrong:
            self.problems.append(Problem(f"{name}: {wrong}", wrong.remedy))
            return default

    def choice(self, name: str, allowed: Sequence[str], default: str) -> str:
        """One of `allowed`, in any case."""

        def check(text: str) -> str:
            if text.lower() not in allowed:
                raise Wrong(f"{text!r} is unknown; {default!r} is used.", f"Use one of {', '.join(allowed)}.")
            return text.lower()

        return self.checked(name, check, default)

    def secret(self, *names: str) -> str:
        """The first given of `names`, each also as NAME_FILE and as `file:PATH`."""
        found = [(name, value) for name in names for value in self.forms(name)]
        if len({value for _, value in found}) > 1:
            others = " and ".join(name for name, _ in found)
            self.problems.append(Problem(f"{others} differ; {found[0][0]} is used.", "Set one of them."))
        return found[0][1] if found else ""

    def forms(self, name: str) -> Iterator[str]:
        """The usable values of one secret variable."""
        text = self.text(name)
        path = text.removeprefix("file:") if text.startswith("file:") else self.text(f"{name}_FILE")
        if text and not text.startswith("file:") and (value := self.one_word(name, text)):
            yield value
        if path and (value := self.file(name, path)):
            yield value

    def file(self, name: str, path: str) -> str:
        """The secret in a file; empty, with a problem, where there is none."""
        try:
            text = self.read_file(path).strip()
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "not text"
            self.problems.append(
                Problem(
                    f"{name}: cannot read {path}: {reason}.", "Mount the file, readable by the node's user."
                )
            )
            return ""
        if not text:
            self.problems.append(
                Problem(f"{name}: {path} is empty.", "Write the value into the file before the start.")
            )
        return self.one_word(name, text)

    def one_word(self, name: str, text: str) -> str:
        """A secret with white space inside was pasted wrongly, except a password."""
        if name != "JUPYTER_PASSWORD" and re.search(r"\s", text):
            self.problems.append(
                Problem(f"{name} holds white space inside.", "Give the value alone, on one line.")
            )
            return ""
        return text

    def unknown(self) -> Iterator[Problem]:
        """Variables that look like the contract's and are not: misspelt, or of another image."""
        for name in sorted(n for n in set(self.environ) - OWN_NAMES if not n.startswith(OTHERS)):
            near = self.near(name) if name.startswith(("NODE_", "TS_", "TAILSCALE_", "JUPYTER_")) else ""
            if near:
                yield Problem(f"{name} is not read by a node.", f"Did you mean {near}?")
            elif name.startswith("TS_"):
                known = ", ".join(n for n in sorted(OWN_NAMES) if n.startswith("TS_"))
                yield Problem(f"{name} is not read by a node.", f"Unset it; the node reads {known}.")

    def near(self, name: str) -> str:
        """The variable of the contract that `name` nearly is, or nothing."""
        from difflib import get_close_matches  # costs 5 ms, and is needed for odd names only

        return next(iter(get_close_matches(name, OWN_NAMES, n=1, cutoff=0.85)), "")
