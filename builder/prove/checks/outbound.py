"""Check that programs in the node reach the tailnet through the proxy, and only through it."""

from __future__ import annotations

from builder.prove.errors import CheckFailedError
from builder.prove.plan import PROXY
from builder.prove.subject import Subject
from builder.prove.tailnet.member import CompletedCommand
from builder.prove.tailnet.tailnet import GREETING_PORT

_PROXY = "{}:{}".format(*PROXY)


def socks5(subject: Subject) -> str:
    """The server's web service answers through SOCKS5 under both its names; a plain socket to it fails.

    The plain socket is tried only where nothing leads outside.
    """
    server = subject.tailnet.control.require(subject.tailnet.server.name)
    short = server.name.partition(".")[0]
    for name in (server.name, short):
        _reaches(subject, name)
    if not subject.tailnet.is_enclosed:
        return f"{server.name} and {short} answer through {_PROXY}"
    address = server.address(4)
    plain = _curl(subject, address, "--noproxy", "*")
    if plain.code == 0:
        raise CheckFailedError(
            f"a plain socket reached {address}:{GREETING_PORT} without the proxy",
            "the node must have no route to tailnet addresses; something else answers there",
        )
    return f"{server.name} and {short} answer through {_PROXY}; a plain socket to {address} fails"


def _reaches(subject: Subject, name: str) -> None:
    done = _curl(subject, name, "--proxy", f"socks5h://{_PROXY}")
    if done.text != subject.tailnet.greeting:
        raise CheckFailedError(
            f"{name}:{GREETING_PORT} does not answer through {_PROXY}: {done.last_lines or 'nothing came'}",
            "tailscaled must run with --socks5-server on that address; see its lines in the node's log",
        )


def _curl(subject: Subject, host: str, *options: str) -> CompletedCommand:
    url = f"http://{host}:{GREETING_PORT}/greeting"
    argv = [
        "curl",
        "--silent",
        "--show-error",
        "--fail",
        "--connect-timeout",
        "5",
        "--max-time",
        "15",
        *options,
        url,
    ]
    return subject.node.member.run(argv)
