"""A node's life: stopped in the middle of its boot, started again and again, in a cloud with variables."""

from __future__ import annotations

import pytest

from builder.core import process
from builder.prove import Backend
from builder.prove.clients import ssh
from builder.prove.subject import Subject
from builder.prove.tailnet.ssh_identity import Identity
from builder.prove.tailnet.tailnet import Tailnet
from tests.faults.conftest import Patient
from tests.faults.symptoms import DEADLINE, logs_in, opens_jupyter, ready, status

MARKS = ("", "entrypoint", "tailscaled", "join")


def has_mark(lab: Subject, mark: str) -> bool:
    return lab.node.member.run(["test", "-e", f"/run/tailbox/boot/{mark}"]).code == 0


@pytest.mark.parametrize("mark", MARKS)
def test_stopped_in_the_middle_of_its_boot(started: Patient, mark: str) -> None:
    with started() as lab:
        if mark:
            process.until(lambda: has_mark(lab, mark), DEADLINE, f"the mark {mark}")
        assert lab.node.member.stop(30) == 0
        listed = lab.tailnet.control.find(lab.node.hostname)
        assert listed is None or not listed.online


@pytest.mark.parametrize("boots", [3, pytest.param(20, marks=pytest.mark.deep)])
def test_many_boots_on_the_same_disk(started: Patient, tailnet: Tailnet, boots: int) -> None:
    seen = set()
    own, second, third = (key.public_line for key in (tailnet.developer, Identity.new(), Identity.new()))
    people = {"SSH_PUBLIC_KEY": f"{own}\n{second}\n{own}", "PUBLIC_KEY": f"{second} {third}"}
    with started(people) as lab:
        for boot in range(boots):
            if boot:
                lab.node.member.container.kill()  # a stop would log out, and the key is used up
                lab.node.member.container.start()
            ready(lab.node)
            keys = lab.node.member.output(["cat", "/run/tailbox/ssh/authorized_keys"]).decode()
            assert sorted(line.split()[1] for line in keys.splitlines()) == sorted(
                line.split()[1] for line in (own, second, third)
            )
            url = lab.node.nodectl_json("url")
            name = status(lab.node)["tailnet"]["name"]
            seen.add((keys, url["host_key"], url["jupyter"], name))
            assert status(lab.node)["problems"] == []
        logs_in(lab)
        log = lab.node.member.log().decode()
    assert len(seen) == 1, seen
    assert log.count("joined as") == boots


def test_threads_follow_the_limit_of_cpus(patient: Patient) -> None:
    with patient({"MKL_NUM_THREADS": "3"}, options={"nano_cpus": 950_000_000}) as lab:
        with ssh.login(lab, Backend.SSHD, "dev") as session:
            found = ssh.run(session, "printenv OMP_NUM_THREADS MKL_NUM_THREADS")
        assert found.text.split() == ["1", "3"]


PLATFORM = {
    "PORT": "8888",
    "HTTP_PROXY": "http://127.0.0.2:1055",
    "HTTPS_PROXY": "http://localhost:1055",
    "LD_LIBRARY_PATH": "/nowhere:/usr/local/nvidia/lib64",
    "PYTHONPATH": "/nowhere",
    "PYTHONHOME": "/nowhere",
    "HOME": "/nowhere",
    "BASH_ENV": "/nowhere",
}


def test_variables_of_the_platform(patient: Patient) -> None:
    with patient(PLATFORM) as lab:
        logs_in(lab)
        opens_jupyter(lab)
        with ssh.login(lab, Backend.TAILSCALE, "root") as session:
            for name in ("PORT", "HTTP_PROXY", "LD_LIBRARY_PATH"):
                assert ssh.run(session, f"printenv {name}").text.splitlines()[-1] == PLATFORM[name]
        udp = lab.node.member.output(["ss", "-Hlun"]).decode()
        assert ":8888" not in udp
