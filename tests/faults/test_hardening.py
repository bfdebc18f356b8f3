"""A node with less: fewest capabilities, read-only root, any uid, no new privileges; Salad's gateway."""

from __future__ import annotations

import json

import pytest
from docker.types import DriverConfig, Mount

from builder.prove import Backend, probes
from builder.prove.clients import jupyter, ssh
from builder.prove.subject import Subject
from tests.faults.conftest import Patient
from tests.faults.symptoms import logs_in, opens_jupyter, says, services

# Accounts (SETUID SETGID), files for dev (CHOWN), dev's services (KILL), sshd's cage and terminals (rest).
FEWEST = ["CHOWN", "SETUID", "SETGID", "KILL", "SYS_CHROOT", "AUDIT_WRITE"]
VOLATILE = ("/run", "/tmp", "/workspace", "/home/dev", "/var/lib/tailscale", "/var/lib/tailbox")
SERVE = "import http.server as h; h.test(h.SimpleHTTPRequestHandler, port=7860, bind='127.0.0.1')"
ASK = "import sys, urllib.request as u; print(u.urlopen(sys.argv[1], timeout=20).status)"


def mounts(uid: int = 0) -> dict[str, str]:
    """tmpfs where a node writes."""
    own = "uid=1000,gid=1000" if uid == 0 else f"uid={uid},gid={uid}"
    people = ("/workspace", "/home/dev")
    return {path: own if path in people or uid else "exec" for path in VOLATILE} | {
        "/run": f"exec,mode=755,uid={uid},gid={uid}",
        "/tmp": "mode=1777",
    }


def volume(path: str, options: str) -> Mount:
    """A volume with a mode of its own, as Kubernetes mounts one; Docker gives a tmpfs the image's mode."""
    driver = DriverConfig("local", {"type": "tmpfs", "device": "tmpfs", "o": options})
    return Mount(path, None, no_copy=True, driver_config=driver)


def kernel_says(lab: Subject, expression: str) -> str:
    """What a notebook's kernel prints for this expression."""
    with jupyter.browser(lab) as user, jupyter.kernel(user) as kernel:
        origin, cookie = f"http://{user.host}", user.login()
        return jupyter.execute(user, kernel, f"import os; print({expression})", origin=origin, cookie=cookie)


def gets_a_terminal(lab: Subject, backend: Backend, user: str) -> None:
    with ssh.login(lab, backend, user) as session, session.open_session(timeout=20) as channel:
        channel.settimeout(30)
        channel.get_pty()
        channel.exec_command("tty")
        assert channel.recv(1024).startswith(b"/dev/pts/")


@pytest.mark.parametrize(
    "options",
    [
        # Each alone is in the last two as well.
        pytest.param(
            {"cap_drop": ["ALL"], "cap_add": FEWEST}, marks=pytest.mark.deep, id="fewest capabilities"
        ),
        pytest.param({"security_opt": ["no-new-privileges"]}, marks=pytest.mark.deep, id="no new privileges"),
        pytest.param({"read_only": True, "tmpfs": mounts()}, marks=pytest.mark.deep, id="read-only root"),
        pytest.param(
            {
                "cap_drop": ["ALL"],
                "cap_add": FEWEST,
                "security_opt": ["no-new-privileges"],
                "read_only": True,
                "tmpfs": mounts(),
            },
            id="all of them",
        ),
        pytest.param(
            {"cap_drop": ["ALL"], "cap_add": FEWEST, "mounts": [volume("/run", "mode=777")]},
            id="emptyDir on /run",
        ),
    ],
)
def test_as_root(patient: Patient, options: dict[str, object]) -> None:
    with patient(options=options) as lab:
        for user in ("root", "dev"):
            gets_a_terminal(lab, Backend.SSHD, user)
            logs_in(lab, Backend.TAILSCALE, user)
        opens_jupyter(lab)
        assert kernel_says(lab, "os.environ['HOME']") == "/home/dev"
        assert lab.node.nodectl_json("status")["problems"] == []
        assert lab.node.nodectl("restart", "jupyter", deadline=90).code == 0
        assert lab.node.member.stop(30) == 0


def test_as_dev(patient: Patient) -> None:
    options = {
        "user": "1000:1000",
        "cap_drop": ["ALL"],
        "security_opt": ["no-new-privileges"],
        "tmpfs": mounts(1000),
    }
    with patient(options=options) as lab:
        logs_in(lab)
        logs_in(lab, Backend.TAILSCALE, "dev")
        opens_jupyter(lab)
        assert lab.node.member.stop(30) == 0


def test_as_dev_on_volumes_of_its_group(patient: Patient) -> None:
    # A pod of uid 1000 with fsGroup 1000: the volumes stay root's, and their modes too.
    volumes = [volume(path, "mode=2775,gid=1000") for path in VOLATILE if path not in ("/run", "/tmp")]
    options = {
        "user": "1000:1000",
        "cap_drop": ["ALL"],
        "security_opt": ["no-new-privileges"],
        "mounts": [volume("/run", "mode=2777,gid=1000"), *volumes],
    }
    with patient(options=options) as lab:
        (problem,) = lab.node.nodectl_json("status")["problems"]
        assert "/run has mode 2777" in problem["what"]
        assert "Mount /run with mode 0755" in problem["remedy"]
        logs_in(lab, Backend.TAILSCALE, "dev")
        kept = lab.node.member.output(["ls", "/var/lib/tailbox", "/var/lib/tailscale"]).decode().split()
        assert {"jupyter_token", "ssh_host_ed25519_key", "tailscaled.state"} <= set(kept)


def test_a_home_that_is_roots(patient: Patient) -> None:
    with patient(options={"tmpfs": {"/home/dev": "uid=0,gid=0"}}) as lab:
        assert "chown dev" in says(lab.node, "/home/dev cannot be written by dev")
        assert kernel_says(lab, "os.environ['HOME'], os.access(os.environ['HOME'], os.W_OK)") == (
            "/run/tailbox/home True"
        )


def test_as_any_uid(patient: Patient) -> None:
    options = {
        "user": "12345:12345",
        "cap_drop": ["ALL"],
        "security_opt": ["no-new-privileges"],
        "tmpfs": mounts(12345),
    }
    with patient(options=options) as lab:
        assert "root or as dev" in says(lab.node, "sshd is off: uid 12345 has no account")
        assert set(services(lab.node)) == {"tailscaled", "join", "jupyter"}
        opens_jupyter(lab)
        assert lab.node.member.stop(30) == 0


def test_nothing_is_writable_for_all(patient: Patient) -> None:
    # tailscaled's socket is open to all: who asks is known by his uid, and only root may change anything.
    find = "find / -xdev -perm -0002 ! -type l ! -type s ! -path '/proc/*' ! -path '/dev/*' ! -path '/sys/*'"
    with patient() as lab:
        found = lab.node.member.run(["sh", "-c", find], deadline=90).text.splitlines()
    assert set(found) <= {"/tmp", "/var/tmp", "/run/lock"}


def test_the_gateway_answers_on_ipv6_for_what_is_named_and_nothing_else(patient: Patient) -> None:
    ipv6 = {"sysctls": {"net.ipv6.conf.all.disable_ipv6": "0"}}
    with patient({"NODE_GATEWAY_PORT": "8080=7860"}, options=ipv6) as lab:
        lab.node.member.output(["sh", "-c", f'python3 -c "{SERVE}" >/dev/null 2>&1 &'])
        lab.node.member.output(
            ["python3", "-c", "import socket as s\nwhile s.socket().connect_ex(('127.0.0.1', 7860)): pass"]
        )
        asked = lab.node.member.run(["python3", "-c", ASK, "http://[::1]:8080/"])
        assert asked.text == "200", asked.last_lines
        waiting = json.loads(probes.run(lab.node.member, "sockets"))
        off_loopback = {(w["address"], w["port"]) for w in waiting if not w["address"].startswith("127.")}
        assert {pair for pair in off_loopback if pair[1] != 41641} == {("::", 8080)}
