"""Check that join keys leave no trace."""

from __future__ import annotations

import json
import re
from datetime import datetime

from builder.prove import layer_search, probes
from builder.prove.clients import ssh
from builder.prove.errors import CheckFailedError
from builder.prove.plan import Backend
from builder.prove.subject import Subject

# A key is its kind, its id with the mark of the control server, and its secret.
_ANY_KEY = "tskey-([a-z]{2,10}-)?[A-Za-z0-9]{1,64}CNTRL-[A-Za-z0-9]{8,128}"


def key(subject: Subject) -> str:
    """The key this node joined with is in no process, file, log or session of it."""
    created = datetime.fromisoformat(subject.node.member.container.attrs["Created"][:19] + "+00:00")
    request = {"secret": subject.node.key, "since": created.timestamp(), "roots": ["/", "/dev/shm"]}
    places = json.loads(probes.run(subject.node.member, "traces", stdin=json.dumps(request).encode()))
    if subject.node.key.encode() in subject.node.member.log():
        places.append("the container's log")
    places += [
        f"the environment of a session of {backend}"
        for backend in subject.plan.ssh
        if _in_session(subject, backend)
    ]
    if places:
        raise CheckFailedError(
            f"the join key can be read in {', '.join(places)}",
            "drop it from the environment before anything starts, and hand it to tailscaled as file: only",
        )
    return "the join key is in no process, file, log or session of the node"


def image(subject: Subject) -> str:
    """No join key is in the image: configuration, history, or any layer, deleted files included."""
    record = subject.tailnet.engine.client.images.get(subject.node.spec.image)
    if re.search(_ANY_KEY, json.dumps([record.attrs, record.history()])):
        raise CheckFailedError("a join key is in the image's configuration or history", _REMEDY)
    if place := layer_search.search(record, subject.tailnet, _ANY_KEY):
        raise CheckFailedError(f"a join key is in a layer of the image ({place})", _REMEDY)
    return "no join key in configuration, history or any layer of the image"


_REMEDY = "revoke that key; give keys when a node starts, and build secrets as BuildKit secrets"


def _in_session(subject: Subject, backend: Backend) -> bool:
    with ssh.login(subject, backend, "root") as transport:
        return subject.node.key.encode() in ssh.run(transport, "env -0").out
