"""A node after a day's use: what a peer reaches, port by port, is what `nodectl status` says."""

from __future__ import annotations

import json

from builder.prove import Backend, probes
from builder.prove.clients import ssh
from builder.prove.clients.debugger import debugger
from builder.prove.clients.jupyter import browser, kernel
from builder.prove.subject import Subject
from tests.faults.conftest import Patient
from tests.faults.symptoms import status

APP = "python3 -m http.server 7860 --bind 127.0.0.1 </dev/null >/dev/null 2>&1 & echo $!"
PRIVATE_APP = "python3 -m http.server 7861 --bind 127.0.0.2 </dev/null >/dev/null 2>&1 &"
ALL_PORTS = range(1, 1 << 16)


def reached(lab: Subject) -> set[int]:
    """The TCP ports of the node that a peer's connection gets to, of all there are."""
    asked = {"address": lab.listed.ips[0], "tcp": list(ALL_PORTS), "udp": []}
    answer = json.loads(probes.run(lab.tailnet.laptop, "scan", stdin=json.dumps(asked).encode(), options=()))
    assert answer["silent"] == []
    return set(answer["tcp"])


def test_what_a_peer_reaches_is_what_the_status_lists(patient: Patient) -> None:
    with patient({"NODE_FORWARDS": "5432=server:5432"}) as lab, browser(lab) as user, kernel(user) as running:
        with debugger(user, running) as debugging:
            debugging.stop_in("one = 1\ntwo = 2\n", line=2)
        with ssh.login(lab, Backend.SSHD, "dev") as session:
            pid = int(ssh.run(session, APP).text)
            ssh.run(session, PRIVATE_APP)
            listed = status(lab.node)["reachable"]
            assert reached(lab) == {each["port"] for each in listed if each["protocol"] == "tcp"}
        assert {each["port"]: each["service"] for each in listed if each["starter"] == "node"} == {
            22: "Tailscale SSH",
            2222: "sshd",
            8888: "jupyter",
        }
        persons = [each for each in listed if each["starter"] != "node"]
        assert [(each["port"], each["user"], each["pid"]) for each in persons] == [(7860, "dev", pid)]
