"""Open SSH sessions to a node over the tailnet, through the laptop, with the host key verified."""

from __future__ import annotations

import base64
import hashlib
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager

import paramiko

from builder.prove.errors import CheckFailedError
from builder.prove.plan import Backend
from builder.prove.subject import Subject
from builder.prove.tailnet.member import CompletedCommand, Pipe

_HANDSHAKE_SECONDS = 60.0
# paramiko raises what it logs; without a handler its log would go to standard error.
logging.getLogger("paramiko").addHandler(logging.NullHandler())


@contextmanager
def connection(subject: Subject, backend: Backend) -> Iterator[paramiko.Transport]:
    """Connect by SSH and verify the host key; nobody is logged in yet."""
    with subject.tailnet.laptop.pipe(subject.name, backend.port) as pipe:
        pipe.socket.settimeout(_HANDSHAKE_SECONDS)
        transport = paramiko.Transport(pipe.socket)
        transport.banner_timeout = _HANDSHAKE_SECONDS
        try:
            _greet(transport, pipe, backend)
            _verify(transport.get_remote_server_key(), known_host_keys(subject, backend), backend)
            yield transport
        finally:
            transport.close()


@contextmanager
def login(subject: Subject, backend: Backend, user: str) -> Iterator[paramiko.Transport]:
    """Connect and log in as the user with the developer's key (Tailscale SSH asks for none)."""
    with connection(subject, backend) as transport:
        try:
            if backend is Backend.TAILSCALE:
                transport.auth_none(user)
            else:
                transport.auth_publickey(user, subject.tailnet.developer.key)
        except paramiko.SSHException as error:
            raise CheckFailedError(
                f"{backend} refuses {user}: {error}",
                "see whether the account exists, has a usable shell, and the key reached authorized_keys",
            ) from None
        yield transport


def run(
    transport: paramiko.Transport, command: str, *, stdin: bytes = b"", deadline: float = 120.0
) -> CompletedCommand:
    """Run a command in a new session, output and errors in one stream; `deadline` bounds each read."""
    channel = transport.open_session(timeout=_HANDSHAKE_SECONDS)
    with channel:
        channel.settimeout(deadline)
        channel.set_combine_stderr(True)
        channel.exec_command(command)
        channel.sendall(stdin)
        channel.shutdown_write()
        try:
            out = b"".join(iter(lambda: channel.recv(65536), b""))
        except TimeoutError:
            raise CheckFailedError(
                f"`{command}` over SSH said nothing for {deadline:.0f} s and did not end",
                "see what it waits for",
            ) from None
        return CompletedCommand(channel.recv_exit_status(), out)


def sftp(transport: paramiko.Transport, backend: Backend) -> paramiko.SFTPClient:
    """Open sftp over a logged-in connection. CheckFailedError where the node has no sftp."""
    try:
        client = paramiko.SFTPClient.from_transport(transport)
    except (paramiko.SSHException, EOFError) as error:
        raise CheckFailedError(
            f"{backend} has no sftp: {error}", "see Subsystem in the sshd_config"
        ) from None
    assert client is not None  # only a transport that is not active gives none
    return client


def fingerprint(key: paramiko.PKey) -> str:
    """Return the SHA256 fingerprint of a public key, as OpenSSH prints it."""
    return _sha256(key.asbytes())


def known_host_keys(subject: Subject, backend: Backend) -> set[str]:
    """Return the node's fingerprints: from `nodectl url` for sshd, from the tailnet for Tailscale SSH."""
    if backend is Backend.SSHD:
        return {subject.node.url.host_key}
    status = json.loads(subject.tailnet.laptop.output(["tailscale", "status", "--json"]))
    peers = [peer for peer in status["Peer"].values() if peer["DNSName"].rstrip(".") == subject.name]
    lines = [line.split()[1] for peer in peers for line in peer.get("sshHostKeys") or ()]
    return {_sha256(base64.b64decode(line)) for line in lines}


def _sha256(blob: bytes) -> str:
    return "SHA256:" + base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")


def _greet(transport: paramiko.Transport, pipe: Pipe, backend: Backend) -> None:
    try:
        transport.start_client(timeout=_HANDSHAKE_SECONDS)
    except (paramiko.SSHException, OSError, EOFError) as error:
        raise CheckFailedError(
            f"no SSH server answers on tailnet port {backend.port}: {error}; {pipe.relay.complaint()}",
            f"see `nodectl status` and the node's log for {backend}",
        ) from None


def _verify(key: paramiko.PKey, known: set[str], backend: Backend) -> None:
    if fingerprint(key) not in known:
        raise CheckFailedError(
            f"{backend} shows host key {fingerprint(key)}; known are {', '.join(sorted(known)) or 'none'}",
            "the key that is published must be the key that is served",
        )
