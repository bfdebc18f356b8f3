"""Disks that are full or cannot be written: people still get in, and are told."""

from __future__ import annotations

from builder.core import process
from builder.prove import Backend
from builder.prove.clients import ssh
from tests.faults.conftest import Patient
from tests.faults.symptoms import DEADLINE, logs_in, opens_jupyter, ready, says, status

STATE = ("/var/lib/tailscale", "/var/lib/tailbox")
SMALL = {
    "/run": "exec,size=4m",
    "/tmp": "size=1m",
    "/workspace": "size=1m,uid=1000,gid=1000",
    "/var/lib/tailscale": "size=1m",
    "/var/lib/tailbox": "size=1m",
}


def test_no_room_for_state_at_boot(patient: Patient) -> None:
    with patient(options={"tmpfs": dict.fromkeys(STATE, "size=4k")}) as lab:
        for path in STATE:
            assert "Make room" in says(lab.node, f"{path} cannot be written (No space left on device)")
        logs_in(lab)
        logs_in(lab, Backend.TAILSCALE, "root")
        opens_jupyter(lab)


def test_every_disk_fills_up_later(patient: Patient) -> None:
    with patient(options={"tmpfs": SMALL}) as lab:
        for path in SMALL:
            lab.node.member.run(["sh", "-c", f"cat /dev/zero > {path}/filler"])
        logs_in(lab)
        logs_in(lab, Backend.TAILSCALE, "root")
        opens_jupyter(lab)
        doctor = lab.node.nodectl("doctor", deadline=DEADLINE)
        assert doctor.code == 1
        bad = [line for line in doctor.text.splitlines() if line.startswith("bad   disk")]
        assert [path for path in SMALL if not any(f" {path} has" in line for line in bad)] == []
        # The supervisor starts the daemon again; it cannot write down that it did.
        pid = ["pgrep", "-x", "tailscaled"]
        before = lab.node.member.output(pid)
        lab.node.member.output(["kill", "-9", before.decode().strip()])
        process.until(
            lambda: lab.node.member.run(pid).out not in (b"", before), DEADLINE, "another tailscaled"
        )
        ready(lab.node)
        logs_in(lab)


def test_places_of_work_that_cannot_be_written(patient: Patient) -> None:
    places = ("/workspace", "/home/dev")
    with patient(options={"tmpfs": dict.fromkeys(places, "ro,uid=1000,gid=1000")}) as lab:
        for path in places:
            assert "writable" in says(lab.node, f"{path} cannot be written by dev")
        logs_in(lab)
        opens_jupyter(lab)


def test_a_volume_over_home(patient: Patient) -> None:
    """dev has a home again, although the volume has none."""
    with patient(options={"tmpfs": {"/home": "mode=755"}}) as lab:
        with ssh.login(lab, Backend.SSHD, "dev") as session:
            seen = ssh.run(session, "pwd; touch kept && stat -c '%U %a' . && ls -A").text.split("\n")
        assert seen[:2] == ["/home/dev", "dev 755"]
        assert {".bashrc", "kept"} <= set(seen)
        assert status(lab.node)["problems"] == []


def test_run_that_cannot_be_written(started: Patient) -> None:
    with started(options={"read_only": True}) as lab:
        assert lab.node.member.wait(DEADLINE) == 111
        log = lab.node.member.log().decode()
        assert "cannot write /run/tailbox: Read-only file system" in log
        assert "Remedy: Mount a tmpfs" in log


def test_run_without_room(started: Patient) -> None:
    with started(options={"tmpfs": {"/run": "exec,size=32k"}}) as lab:
        assert lab.node.member.wait(DEADLINE) == 111
        log = lab.node.member.log().decode()
        assert "No space left on device" in log
        assert "Remedy: Mount a tmpfs" in log
