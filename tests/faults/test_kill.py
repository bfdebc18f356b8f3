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

pytestmark = pytest.mark.xdist_group("kill")

ALL = ("tailscaled", "join", "sshd", "jupyter")


def kill(node: Node, pid: int) -> None:
    node.member.output(["kill", "-9", str(pid)])


def replaced(node: Node, name: str) -> None:
    """Kill the service and wait until another process of it is ready."""
    before = services(node)[name]["pid"]
    kill(node, before)
    process.until(lambda: services(node)[name]["pid"] not in (0, before), DEADLINE, f"another {name}")
    ready(node)


def pids(node: Node, pattern: str) -> list[int]:
    """Processes whose command line matches."""
    return [int(word) for word in node.member.run(["pgrep", "-f", pattern]).text.split()]


@pytest.mark.parametrize("name", ALL)
def test_a_killed_service_comes_back_and_disturbs_no_other(ward: Subject, name: str) -> None:
    before = {service: state["pid"] for service, state in services(ward.node).items()}
    kill(ward.node, before[name])
    process.until(
        lambda: services(ward.node)[name]["pid"] not in (0, before[name]), DEADLINE, f"another {name}"
    )
    ready(ward.node)
    after = {service: state["pid"] for service, state in services(ward.node).items()}
    # join follows the daemon's events, so it ends and starts with it.
    follows = {"tailscaled", "join"} if name == "tailscaled" else {name}
    assert {service for service in ALL if after[service] != before[service]} == follows
    logs_in(ward)
    opens_jupyter(ward)


@pytest.mark.parametrize("name", ["sshd", "join", "jupyter"])
def test_a_running_session_survives(ward: Subject, name: str) -> None:
    with ssh.login(ward, Backend.SSHD, "dev") as session:
        replaced(ward.node, name)
        assert ssh.run(session, "echo still here").text == "still here"


def test_a_session_of_a_killed_tailscaled_ends_and_a_new_one_opens(ward: Subject) -> None:
    with ssh.login(ward, Backend.SSHD, "dev"):
        replaced(ward.node, "tailscaled")
    logs_in(ward)
    logs_in(ward, Backend.TAILSCALE, "root")


@pytest.mark.parametrize("name", ALL)
def test_a_killed_logger_comes_back_and_its_service_goes_on(ward: Subject, name: str) -> None:
    before = services(ward.node)[name]["pid"]
    pattern = f"redact.sed -e s/\\^/{name}: /"
    (old,) = pids(ward.node, pattern)
    kill(ward.node, old)
    process.until(lambda: pids(ward.node, pattern) not in ([], [old]), DEADLINE, f"another logger of {name}")
    assert services(ward.node)[name]["pid"] == before


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
