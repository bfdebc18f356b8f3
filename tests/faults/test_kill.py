"""kill -9 of every process: it comes back, and what does not need it goes on undisturbed."""

from __future__ import annotations

import pytest

from builder.core import process
from builder.prove import Backend
from builder.prove.clients import ssh
from builder.prove.subject import Subject
from builder.prove.tailnet.node import Edit, Node
from tests.faults.conftest import Patient
from tests.faults.symptoms import DEADLINE, logs_in, opens_jupyter, ready, ready_within, says, services

ALL = ("tailscaled", "join", "sshd", "jupyter")


def kill(node: Node, pid: int) -> None:
    node.member.output(["kill", "-9", str(pid)])


def pids(node: Node, pattern: str) -> list[int]:
    """Processes whose command line matches."""
    return [int(word) for word in node.member.run(["pgrep", "-f", pattern]).text.split()]


@pytest.mark.parametrize("name", ALL)
def test_a_killed_service_comes_back_and_disturbs_no_other(ward: Subject, name: str) -> None:
    """Sessions over sshd go on too; those through a tailscaled that was killed end, and new ones open."""
    before = {service: state["pid"] for service, state in services(ward.node).items()}
    with ssh.login(ward, Backend.SSHD, "dev") as session:
        kill(ward.node, before[name])
        process.until(
            lambda: services(ward.node)[name]["pid"] not in (0, before[name]), DEADLINE, f"another {name}"
        )
        ready(ward.node)
        if name != "tailscaled":
            assert ssh.run(session, "echo still here").text == "still here"
    after = {service: state["pid"] for service, state in services(ward.node).items()}
    # join follows the daemon's events, so it ends and starts with it.
    follows = {"tailscaled", "join"} if name == "tailscaled" else {name}
    assert {service for service in ALL if after[service] != before[service]} == follows
    logs_in(ward)
    logs_in(ward, Backend.TAILSCALE, "root")
    opens_jupyter(ward)


def test_killed_loggers_come_back_and_their_services_go_on(ward: Subject) -> None:
    def loggers() -> dict[str, list[int]]:
        return {name: pids(ward.node, f"s/\\^/{name}: /") for name in ALL}

    before, killed = {name: services(ward.node)[name]["pid"] for name in ALL}, loggers()
    for name in ALL:
        (pid,) = killed[name]
        kill(ward.node, pid)
    process.until(
        lambda: all(found not in ([], killed[name]) for name, found in loggers().items()),
        DEADLINE,
        "another logger of each service",
    )
    assert {name: services(ward.node)[name]["pid"] for name in ALL} == before


@pytest.mark.parametrize("name", ALL)
def test_a_killed_supervisor_takes_its_service_up_again(ward: Subject, name: str) -> None:
    (old,) = pids(ward.node, f"^s6-supervise {name}$")
    kill(ward.node, old)
    pattern = f"^s6-supervise {name}$"
    process.until(
        lambda: pids(ward.node, pattern) not in ([], [old]), DEADLINE, f"another supervisor of {name}"
    )
    ready(ward.node)
    logs_in(ward)


def test_a_killed_main_program_ends_the_node_with_its_code(started: Patient) -> None:
    with started(command=("sleep", "600")) as lab:
        process.until(lambda: bool(pids(lab.node, "^sleep 600$")), DEADLINE, "the main program")
        kill(lab.node, pids(lab.node, "^sleep 600$")[0])
        assert lab.node.member.wait(DEADLINE) == 137


def test_one_that_keeps_ending_waits_and_is_named(started: Patient) -> None:
    broken = Edit("/opt/tailbox/etc/sshd_config", "Port 2222", "Port nonsense")
    with started(edits=(broken,)) as lab:
        assert "nodectl logs sshd" in says(lab.node, "sshd keeps ending")
        assert lab.node.nodectl("healthy").code == 1
        ready_within(lab.node, "tailscaled", "join", "jupyter")
        logs = lab.node.nodectl("logs", "sshd").text
        assert "starts again in" in logs
        assert "Bad number" in logs or "Badly formatted port" in logs
        lab.node.member.output(["sed", "-i", "s/Port nonsense/Port 2222/", broken.path])
        assert lab.node.nodectl("restart", "sshd", deadline=DEADLINE).code == 0
        assert lab.node.nodectl("healthy").code == 0
        assert lab.tailnet.settle(lab.node, deadline=DEADLINE) is None
        logs_in(lab)


def test_pid_1_reaps(ward: Subject) -> None:
    ward.node.member.output(["sh", "-c", "for i in 1 2 3; do (sh -c 'exit 0' & exec sleep 0.1) & done"])
    zombies = ["ps", "-eo", "stat=,args="]
    process.until(
        lambda: (
            not [row for row in ward.node.member.output(zombies).decode().splitlines() if row.startswith("Z")]
        ),
        DEADLINE,
        "PID 1 to reap",
    )
