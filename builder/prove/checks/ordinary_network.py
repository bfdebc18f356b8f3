"""Check that the tailnet leaves a node's ordinary network alone."""

from __future__ import annotations

import json

from builder.prove import probes
from builder.prove.checks.stop import settle
from builder.prove.errors import CheckFailedError
from builder.prove.subject import Subject
from builder.prove.tailnet.member import PRIVILEGED
from builder.prove.tailnet.node import Node
from builder.prove.tailnet.tailnet import GREETING_PORT
from builder.prove.traffic.attempt import serve_echo

_GATEWAY_PORT = 7400
_METADATA = "169.254.169.254"
_SECONDS = 20
# An internal network carries its own addresses only: the stand-in for the metadata service is in the node.
_SERVE_METADATA = f"""
ip address add {_METADATA}/32 dev lo
mkdir /tmp/metadata && echo token >/tmp/metadata/greeting
python3 -m http.server {GREETING_PORT} --bind {_METADATA} --directory /tmp/metadata >/dev/null 2>&1 &
socat -u /dev/null TCP:{_METADATA}:{GREETING_PORT},retry=200,interval=0.05
"""


def untouched(subject: Subject) -> str:
    """A gateway, a download, the metadata address and a name answer alike with tailscaled and without it."""
    container = subject.tailnet.server.container.name
    with subject.another() as node:
        settle(subject, node)
        node.member.output(["sh", "-c", _SERVE_METADATA], options=PRIVILEGED)
        serve_echo(node.member, "0.0.0.0", _GATEWAY_PORT)
        with_tailscaled = _answers(subject, node, str(container))
        node.member.output(["s6-svc", "-wD", "-T", "60000", "-d", "/run/tailbox/services/tailscaled"])
        without_tailscaled = _answers(subject, node, str(container))
    for what, answer in with_tailscaled.items():
        without = without_tailscaled[what]
        if not answer or answer != without:
            raise CheckFailedError(
                f"{what}: {answer or 'nothing'!r} with tailscaled, {without or 'nothing'!r} without it",
                "the proxy is for the tailnet: no variable or setting may lead other traffic through it",
            )
    return f"{', '.join(with_tailscaled)}: the same with tailscaled and without it"


def _answers(subject: Subject, node: Node, container: str) -> dict[str, str]:
    address = subject.tailnet.address(subject.tailnet.server)
    return {
        "a gateway's way in": _answers_outside(subject, node),
        "a download": _fetched(node, address),
        "the metadata address": _fetched(node, _METADATA),
        "a name": node.member.run(["getent", "hosts", container]).text,
    }


def _answers_outside(subject: Subject, node: Node) -> str:
    """Return `answers` if a listener of the node answers on the network of the containers, else nothing."""
    host = subject.tailnet.address(node.member)
    request = {"means": "plain", "protocol": "tcp", "host": host, "port": _GATEWAY_PORT, "bytes": 0}
    arguments = {"proxy": ["", 0], "seconds": _SECONDS, "requests": [request]}
    (answer,) = json.loads(
        probes.run(subject.tailnet.hub, "reach", stdin=json.dumps(arguments).encode(), options=())
    )
    return "" if answer["failure"] else "answers"


def _fetched(node: Node, host: str) -> str:
    curl = f"curl --silent --max-time {_SECONDS} http://{host}:{GREETING_PORT}/greeting"
    return node.member.run(["bash", "-lc", curl]).text
