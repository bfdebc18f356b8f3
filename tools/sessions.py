"""`python -m tools.sessions [--check]`: how many of the 17 hostile values arrive, by route, user and shell.

The table goes into docs/operating.md, between its markers. With --check the file must hold what was measured.
Exit code 1 when a value is lost anywhere, or when the file differs.
"""

from __future__ import annotations

import base64
import re
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from builder.pipeline.prove import standing_tailnet
from builder.prove import Backend
from builder.prove.checks.session import HOSTILE
from builder.prove.clients import jupyter, ssh
from builder.prove.errors import CheckFailedError
from builder.prove.subject import Subject
from builder.prove.tailnet.node import NodeSpec
from tools import terminals
from tools.marked import Marked

SHELLS = ("bash", "sh", "zsh")
HOMES = {"root": "/root", "dev": "/home/dev"}
TABLE = Marked("docs/operating.md", "sessions")
WORKERS = 3
# Printed so that neither the terminal's echo of the command nor its line ends can be taken for the answer.
ANSWER = re.compile(rb"BEGIN ([A-Za-z0-9+/=\r\n]+) END")
PROBE = "printf 'BE%s ' GIN; env -0 | base64 -w0; printf ' E%s\\n' ND\n"
CELL = (
    "import base64, os; e = b'\\0'.join(n + b'=' + v for n, v in os.environb.items()); "
    "print('BEGIN', base64.b64encode(e).decode(), 'END')"
)
# POSIX shells hand on identifiers only (dash drops other names), so the odd name becomes one here.
VALUES = {re.sub(r"\W", "_", name): value for name, value in HOSTILE.items()}
Ask = Callable[[Subject, str, str], bytes]


@dataclass(frozen=True)
class Route:
    """A way into the node: what it is called, how its environment is asked for, and for whom it exists."""

    name: str
    ask: Ask
    users: tuple[str, ...] = ("root", "dev")


def command(backend: Backend, wrap: str = "{}", as_user: str = "") -> Ask:
    """`ssh host COMMAND`; `wrap` is put around the command."""

    def ask(lab: Subject, user: str, _shell: str) -> bytes:
        with ssh.login(lab, backend, as_user or user) as session:
            return ssh.run(session, wrap.format(PROBE.strip(), user=user)).out

    return ask


def sudo(backend: Backend) -> Ask:
    """`ssh host sudo COMMAND`, without a shell of root's in between."""

    def ask(lab: Subject, user: str, _shell: str) -> bytes:
        with ssh.login(lab, backend, user) as session:
            return ssh.run(session, PROBE.strip().replace("env -0", "sudo env -0")).out

    return ask


def script(backend: Backend) -> Ask:
    """VS Code's way: a shell is the command, and its script comes on stdin."""

    def ask(lab: Subject, user: str, shell: str) -> bytes:
        with ssh.login(lab, backend, user) as session:
            return ssh.run(session, shell, stdin=PROBE.encode()).out

    return ask


def login(backend: Backend, *, terminal: bool) -> Ask:
    """`ssh host`, with a terminal or, as for a pipe, without."""

    def ask(lab: Subject, user: str, _shell: str) -> bytes:
        with ssh.login(lab, backend, user) as session:
            return terminals.over_ssh(session, PROBE, ANSWER, pty=terminal)

    return ask


def docker_exec(option: str) -> Ask:
    """What a health check or an engine's console gets: a shell with this option and a command."""

    def ask(lab: Subject, user: str, shell: str) -> bytes:
        return lab.node.member.output([shell, option, PROBE], options=("--user", user))

    return ask


def cron(lab: Subject, user: str, _shell: str) -> bytes:
    """What starts the account's login shell with next to nothing, as cron does."""
    bare = ["env", "-i", f"HOME={HOMES[user]}", "/opt/tailbox/bin/session", "-c", PROBE]
    return lab.node.member.output(bare, options=("--user", user))


def jupyter_terminal(lab: Subject, _user: str, _shell: str) -> bytes:
    with jupyter.browser(lab) as user:
        return terminals.over_jupyter(user, PROBE, ANSWER)


def jupyter_kernel(lab: Subject, _user: str, _shell: str) -> bytes:
    with jupyter.browser(lab) as user, jupyter.kernel(user) as kernel:
        cookie = user.login()
        return jupyter.execute(user, kernel, CELL, origin=f"http://{user.host}", cookie=cookie).encode()


def over(backend: Backend) -> Iterator[Route]:
    """The routes of an SSH back end."""
    name = "sshd" if backend is Backend.SSHD else "Tailscale SSH"
    yield Route(f"{name}: command", command(backend))
    yield Route(f"{name}: login, no terminal", login(backend, terminal=False))
    yield Route(f"{name}: terminal", login(backend, terminal=True))
    yield Route(f"{name}: script on stdin (VS Code)", script(backend))
    yield Route(f"{name}: `sudo COMMAND`", sudo(backend))
    yield Route(f"{name}: `su - USER -c COMMAND`", command(backend, SU, as_user="root"))


SU = "su - {user} -c \"$(cat <<'X'\n{}\nX\n)\""
ROUTES = (
    *over(Backend.SSHD),
    *over(Backend.TAILSCALE),
    Route("`docker exec`, command", docker_exec("-c")),
    Route("`docker exec`, login shell", docker_exec("-lc")),
    Route("cron, with `SHELL=/opt/tailbox/bin/session`", cron),
    Route("Jupyter terminal", jupyter_terminal, ("dev",)),
    Route("Jupyter kernel", jupyter_kernel, ("dev",)),
)


def intact(said: bytes) -> int:
    """How many of the values arrived byte for byte."""
    found = ANSWER.search(said)
    if not found:
        return 0
    entries = (entry.partition(b"=") for entry in base64.b64decode(found[1]).split(b"\0"))
    seen = {name: value for name, _, value in entries}
    return sum(seen.get(name.encode()) == value.encode() for name, value in VALUES.items())


def count(lab: Subject, route: Route, user: str, shell: str) -> int:
    """The values that arrive; none where the route does not work, which stderr explains."""
    try:
        return intact(route.ask(lab, user, shell))
    except CheckFailedError as failed:
        print(f"{route.name}, {user}, {shell}: {failed.what}", file=sys.stderr)
        return 0


def measure(lab: Subject, shell: str) -> dict[tuple[str, str, str], int]:
    """Every route for both users, with this shell as the one they chose."""
    for user, home in HOMES.items():
        choice = f"mkdir -p ~/.config/tailbox && echo /bin/{shell} > ~/.config/tailbox/shell && : > ~/.zshrc"
        options = ("--user", user, "--env", f"HOME={home}")
        lab.node.member.output(["sh", "-c", choice], options=options)
    lab.node.nodectl("restart", "jupyter", deadline=90)
    cells = [(route, user) for route in ROUTES for user in route.users]
    with ThreadPoolExecutor(WORKERS) as pool:
        counts = pool.map(lambda cell: count(lab, cell[0], cell[1], shell), cells)
        return {(route.name, user, shell): n for (route, user), n in zip(cells, counts, strict=True)}


def table(found: dict[tuple[str, str, str], int]) -> str:
    """The table as Markdown."""
    columns = [(user, shell) for user in HOMES for shell in SHELLS]
    lines = ["| route | " + " | ".join(f"{user}, {shell}" for user, shell in columns) + " |"]
    lines.append("|---" * (len(columns) + 1) + "|")
    for route in ROUTES:
        counts = (str(found.get((route.name, *column), "-")) for column in columns)
        lines.append(f"| {route.name} | " + " | ".join(counts) + " |")
    return "\n".join(lines)


def main(arguments: list[str]) -> int:
    """Measure; write the table, or compare it."""
    with standing_tailnet("base") as (built, plan, tailnet):
        lab = Subject(tailnet, tailnet.boot(NodeSpec(built.image.id, environment=VALUES)), plan)
        found = {key: n for shell in SHELLS for key, n in measure(lab, shell).items()}
    lost = [f"{', '.join(key)}: {n} of {len(VALUES)}" for key, n in found.items() if n < len(VALUES)]
    print(table(found))
    print("\n".join(lost), file=sys.stderr)
    differs = TABLE.settle(table(found), write="--check" not in arguments)
    return 1 if lost or differs else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
