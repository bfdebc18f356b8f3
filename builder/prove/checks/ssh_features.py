"""Check what developers use in an SSH connection: a terminal, files, forwarded ports and agents."""

from __future__ import annotations

import hashlib
import io
import os
import shlex
import struct
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import paramiko
from paramiko.message import Message

from builder.prove.clients import ssh
from builder.prove.errors import CheckFailedError
from builder.prove.plan import PROXY, Backend
from builder.prove.subject import Subject

_SIZE = (132, 43)
_FILE_BYTES = 8 << 20
_PARALLEL = 4
# SSH_AGENTC_REQUEST_IDENTITIES is answered by SSH_AGENT_IDENTITIES_ANSWER, all else by SSH_AGENT_FAILURE.
_ASK_IDENTITIES, _IDENTITIES, _FAILURE = 11, 12, 5
_SECONDS = 60.0


def terminal(subject: Subject) -> str:
    """Each back end gives dev a terminal of the requested size."""
    for backend in _backends(subject):
        with (
            ssh.login(subject, backend, "dev") as transport,
            transport.open_session(timeout=_SECONDS) as channel,
        ):
            channel.settimeout(_SECONDS)
            try:
                channel.get_pty("xterm-256color", *_SIZE)
                channel.exec_command("tty && stty size && echo $TERM")
                output = b"".join(iter(lambda: channel.recv(4096), b"")).decode().split()
            except paramiko.SSHException as error:
                raise CheckFailedError(f"{backend} gives no terminal: {error}", _REMEDY) from None
        if (
            not output
            or not output[0].startswith("/dev/pts/")
            or output[1:] != ["43", "132", "xterm-256color"]
        ):
            raise CheckFailedError(f"a terminal through {backend} says {output}", _REMEDY)
    return f"{_names(subject)}: a terminal of {_SIZE[0]}x{_SIZE[1]}"


def files(subject: Subject, size: int = _FILE_BYTES) -> str:
    """A file goes to the node and back by sftp, and its checksum is right in the node and here."""
    data = os.urandom(size)
    digest = hashlib.sha256(data).hexdigest()
    for backend in _backends(subject):
        path = f"/tmp/proof-{backend}-{os.urandom(4).hex()}"
        with ssh.login(subject, backend, "dev") as transport:
            back = io.BytesIO()
            try:
                with ssh.sftp(transport, backend) as sftp:
                    sftp.putfo(io.BytesIO(data), path)
                    there = ssh.run(transport, f"sha256sum {shlex.quote(path)}").text.split()[:1]
                    sftp.getfo(path, back)
            except OSError as error:
                raise CheckFailedError(f"sftp through {backend} fails: {error}", _REMEDY) from None
            finally:
                ssh.run(transport, f"rm -f {shlex.quote(path)}")
        if there != [digest] or hashlib.sha256(back.getvalue()).hexdigest() != digest:
            raise CheckFailedError(
                f"a file of {size} bytes changes on its way by sftp through {backend}", _REMEDY
            )
    return f"{_names(subject)}: {size >> 20} MiB by sftp there and back, checksums right"


def forwarding(subject: Subject) -> str:
    """Connections forwarded side by side (-L, -D) reach a service on the node's loopback."""
    for backend in _backends(subject):
        with ssh.login(subject, backend, "dev") as transport, ThreadPoolExecutor(_PARALLEL) as pool:
            barrier = threading.Barrier(_PARALLEL, timeout=_SECONDS)
            answers = list(pool.map(lambda _, t=transport, b=barrier: _greeting(t, b), range(_PARALLEL)))
        if wrong := [answer for answer in answers if answer != "0500"]:
            # When channels fail side by side, paramiko gives the server's reason to one of them only.
            reasons = "; ".join(sorted(set(wrong)))
            raise CheckFailedError(
                f"{len(wrong)} of {_PARALLEL} connections forwarded through {backend} fail: {reasons}",
                _REMEDY,
            )
    return f"{_names(subject)}: {_PARALLEL} forwarded connections side by side"


def agent(subject: Subject) -> str:
    """A forwarded agent shows the developer's key in the session."""
    for backend in _backends(subject):
        with (
            ssh.login(subject, backend, "dev") as transport,
            transport.open_session(timeout=_SECONDS) as channel,
        ):
            channel.settimeout(_SECONDS)
            channel.set_combine_stderr(True)
            channel.request_forward_agent(lambda agent: _serve_agent(agent, subject.tailnet.developer.key))
            channel.exec_command("ssh-add -L")
            output = b"".join(iter(lambda: channel.recv(4096), b"")).decode(errors="replace")
        if subject.tailnet.developer.key.get_base64() not in output:
            raise CheckFailedError(f"through {backend}, `ssh-add -L` says {output.strip()!r}", _REMEDY)
    return f"{_names(subject)}: a forwarded agent shows the developer's key"


_REMEDY = "see the sshd_config of the image, and the SSH rules of the tailnet's policy"


def _backends(subject: Subject) -> list[Backend]:
    return sorted(subject.plan.ssh)


def _names(subject: Subject) -> str:
    return " and ".join(_backends(subject))


def _greeting(transport: paramiko.Transport, barrier: threading.Barrier) -> str:
    """Return the answer of the node's proxy to a SOCKS5 client, while others connect too."""
    try:
        with transport.open_channel("direct-tcpip", PROXY, ("127.0.0.1", 0), timeout=_SECONDS) as channel:
            channel.settimeout(_SECONDS)
            barrier.wait()
            channel.sendall(b"\5\1\0")
            return channel.recv(2).hex()
    except (paramiko.SSHException, OSError, threading.BrokenBarrierError) as error:
        barrier.abort()
        return str(error) or type(error).__name__


def _serve_agent(channel: paramiko.Channel, key: paramiko.PKey) -> None:
    threading.Thread(target=_answer_agent, args=(channel, key), name="agent", daemon=True).start()


def _answer_agent(channel: paramiko.Channel, key: paramiko.PKey) -> None:
    # The connection may end first, once the check has the answer.
    with suppress(EOFError, OSError), channel, channel.makefile("rb") as requests:
        while header := requests.read(4):
            request = requests.read(struct.unpack(">I", header)[0])
            answer = Message()
            if request[:1] == bytes([_ASK_IDENTITIES]):
                answer.add_byte(bytes([_IDENTITIES]))
                answer.add_int(1)
                answer.add_string(key.asbytes())
                answer.add_string("developer@proof")
            else:
                answer.add_byte(bytes([_FAILURE]))
            channel.sendall(struct.pack(">I", len(answer.asbytes())) + answer.asbytes())
