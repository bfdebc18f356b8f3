"""What answers that must not, and secrets and weaknesses in node and image."""

from __future__ import annotations

from builder.prove import Backend
from tests.tailnet.mutants.mutant import LEAKED, Mutant, boot, sh, sshd

_SETUID = ("chmod", "u+s", "/usr/bin/find")
_TCP_FOR_ALL = sh("socat TCP4-LISTEN:9999,fork EXEC:cat >/dev/null 2>&1 &")

MUTANTS = (
    Mutant(
        "contents", "key in a hidden layer", "secrets.image", "in a layer of the image", layer="/opt/note"
    ),
    Mutant(
        "keys",
        "key in the configuration",
        "secrets.image",
        "configuration or history",
        config=f"ENV JOIN={LEAKED}",
    ),
    Mutant(
        "keys",
        "key in a file",
        "secrets.key",
        r"can be read in .*/root/note",
        edits=(boot('open("/root/note", "w").write(os.environ["TS_AUTHKEY"])'),),
    ),
    Mutant(
        "keys",
        "key in shared memory",
        "secrets.key",
        r"can be read in .*/dev/shm/note",
        edits=(boot('open("/dev/shm/note", "w").write(os.environ["TS_AUTHKEY"])'),),
    ),
    Mutant(
        "keys",
        "key in the environment of a process",
        "secrets.key",
        r"can be read in .*/proc/\d+/environ",
        edits=(boot('os.posix_spawn("/usr/bin/sleep", ["sleep", "600"], os.environ)'),),
    ),
    Mutant(
        "keys",
        "key in arguments",
        "secrets.key",
        r"can be read in .*/proc/\d+/cmdline",
        edits=(
            boot(
                'os.posix_spawn("/usr/bin/tail", ["tail", "-f", os.environ["TS_AUTHKEY"], "/dev/null"], {})'
            ),
        ),
    ),
    Mutant(
        "keys",
        "key in the log",
        "secrets.key",
        "can be read in .*the container's log",
        edits=(boot('print(os.environ["TS_AUTHKEY"], flush=True)'),),
    ),
    Mutant(
        "ports",
        "a listener for everybody",
        "exposure.listeners",
        r"reachable from outside the tailnet: .*tcp 0\.0\.0\.0:9999",
        changes=(_TCP_FOR_ALL,),
    ),
    Mutant(
        "ports",
        "a UDP listener for everybody",
        "exposure.listeners",
        r"reachable from outside the tailnet: .*udp 0\.0\.0\.0:9999",
        changes=(sh("socat UDP4-RECVFROM:9999,fork EXEC:cat >/dev/null 2>&1 &"),),
    ),
    Mutant(
        "contents",
        "a listener that was not promised",
        "exposure.listeners",
        r"peers reach: \[2222, 8888, 9999\]",
        changes=(sh("socat TCP6-LISTEN:9999,bind=[::1],fork EXEC:cat >/dev/null 2>&1 &"),),
    ),
    Mutant(
        "services",
        "a silent UDP listener on loopback",
        "exposure.listeners",
        "none is promised: udp 127.0.0.1:9998",
        changes=(sh("socat -u UDP4-RECVFROM:9998,bind=127.0.0.1,fork /dev/null >/dev/null 2>&1 &"),),
    ),
    Mutant(
        "ports",
        "Tailscale SSH that was not promised",
        "exposure.ports",
        r"TCP 22, 2222, 8888(, 9999)? answer to the tailnet, promised 2222, 8888",
        promised=frozenset({Backend.SSHD}),
    ),
    Mutant(
        "ports",
        "a service for the tailnet, UDP",
        "exposure.ports",
        r"UDP (9999, )?49999 answer to the tailnet, promised none",
        changes=(sh("socat UDP4-RECVFROM:49999,bind=127.0.0.1,fork EXEC:cat >/dev/null 2>&1 &"),),
    ),
    Mutant(
        "ports",
        "a service for the container network",
        "exposure.ports",
        "TCP 9999 answer to the container network, promised none",
        changes=(_TCP_FOR_ALL,),
    ),
    Mutant(
        "contents",
        "a file that everybody may write",
        "image.lint",
        "writable by everybody: /opt/tailbox/etc/sshd_config",
        changes=(("chmod", "o+w", "/opt/tailbox/etc/sshd_config"),),
    ),
    Mutant(
        "contents", "a program that makes root", "image.lint", "setuid: /usr/bin/find", changes=(_SETUID,)
    ),
    Mutant(
        "contents",
        "a key baked in",
        "image.lint",
        "private key: /root/.ssh/id_ed25519",
        changes=(sh("mkdir -p /root/.ssh; ssh-keygen -q -t ed25519 -N '' -f /root/.ssh/id_ed25519"),),
    ),
    Mutant(
        "contents",
        "an account without a password",
        "image.lint",
        "account without a locked password: nobody",
        changes=(("passwd", "--quiet", "--delete", "nobody"),),
    ),
    Mutant(
        "contents",
        "a cache that no mount took",
        "image.lint",
        r"cache: /root/\.cache/uv/wheel",
        changes=(sh("mkdir -p /root/.cache/uv && touch /root/.cache/uv/wheel"),),
    ),
    Mutant(
        "contents",
        "two CUDAs",
        "image.lint",
        "second copy of CUDA: /usr/local/(one|two)/libcublas.so.1",
        changes=(sh("cd /usr/local; mkdir one two; touch one/libcublas.so.12 two/libcublas.so.13"),),
    ),
    Mutant("contents", "a port in the configuration", "image.lint", "EXPOSE: 8888/tcp", config="EXPOSE 8888"),
    Mutant(
        "services",
        "a weak MAC",
        "ssh.audit",
        "ssh-audit fails .*hmac-md5",
        edits=sshd("UsePAM no", "UsePAM no\nMACs +hmac-md5"),
    ),
)
