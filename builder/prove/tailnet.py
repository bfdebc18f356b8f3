"""The private tailnet: control, laptop and server on an internal network, and the nodes that join it."""

from __future__ import annotations

import io
import json
import secrets
import tarfile
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from types import TracebackType
from typing import Any

from docker import DockerClient
from docker.models.containers import Container
from docker.types import DeviceRequest

from builder import wait
from builder.prove import runs
from builder.prove.errors import TailnetError
from builder.prove.events import CONTROL_PORT, Control, Kind
from builder.prove.gate import Gate
from builder.prove.identity import Identity
from builder.prove.members import PRIVILEGED, Engine, Member
from builder.prove.node import Node, NodeSpec

GREETING_PORT = 8000
_KEY_FILE = "/etc/tailbox/key"
_KERNEL_INTERFACE = {"devices": ["/dev/net/tun"], "cap_add": ["NET_ADMIN"]}
_JOIN_DEADLINE = 120.0
# The route to the network of the containers gives way to one to a single address of it.
_APART = """
whole=$(ip -4 route show dev eth0 proto kernel | cut -d" " -f1)
ip route replace "$1/32" dev eth0 && ip route del "$whole" dev eth0
"""


class Tailnet:
    """Stands while the `with` block lasts. What ends the block removes it; a killed run's goes with the next.

    One that is to be kept is left standing by a block that ends well. Any number of tailnets can stand side
    by side. Threads may share one.
    """

    def __init__(self, engine: Engine, members_image: str, *, keep: bool = False) -> None:
        self.engine = engine
        self.run = runs.Run.new(kept=keep)
        self._keep = keep
        self.developer = Identity.new()
        self.greeting = secrets.token_hex(8)
        self._image = members_image
        self._closed = threading.Event()

    def __enter__(self) -> Tailnet:
        runs.sweep(self.engine.client)
        with ExitStack() as stack:
            stack.callback(self._remove)
            self._bring_up(stack)
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._keep = self._keep and error is None
        self._stack.close()

    def start(self, spec: NodeSpec, hostname: str = "") -> Node:
        """Start a node with a key of its own, by default under a random name, and do not wait for it."""
        node = self.create(spec, hostname or f"node-{secrets.token_hex(3)}")
        node.member.container.start()
        return node

    def create(self, spec: NodeSpec, hostname: str) -> Node:
        """A node of this host name, with a key of its own, that has not been started."""
        key = self.control.mint_key()
        container = self._create(
            hostname,
            image=spec.image,
            command=list(spec.command) or None,
            environment={**self._environment(hostname, key), **spec.environment},
            device_requests=_gpus(self.engine.client),
            **spec.options,
        )
        for edit in spec.edits:
            _edit(container, edit.path, edit.old, edit.new)
        return Node(Member(self.engine, container, hostname, ("TS_AUTHKEY",)), hostname, spec, key)

    def settle(self, node: Node, *, deadline: float = 180.0) -> str | None:
        """Wait up to `deadline` seconds until a node is ready and seen online; else what is missing."""
        done = node.nodectl("ready", "--timeout", f"{deadline:.0f}", deadline=deadline + 15)
        if done.code != 0:
            return done.last_lines or f"`nodectl ready` ended with {done.code}"
        self.control.wait(node.hostname, Kind.ONLINE, deadline=_JOIN_DEADLINE)
        wait.until(
            lambda: self._laptop_knows(node), _JOIN_DEADLINE, f"the laptop to learn of {node.hostname}"
        )
        for change in node.spec.changes:
            node.member.output(change, options=PRIVILEGED)
        return None

    def boot(self, spec: NodeSpec) -> Node:
        """Start a node and wait until it is ready, else TailnetError with the end of its log."""
        node = self.start(spec)
        self.require(node)
        return node

    def require(self, node: Node, *, apart: bool = False) -> None:
        """Wait until a started node is ready, else TailnetError with the end of its log.

        One that is `apart` reaches others through control's relay alone.
        """
        if apart:
            self._set_apart(node.member)
        if missing := self.settle(node):
            raise TailnetError(
                f"the node did not become ready: {missing}", f"its log ends: {_tail(node.member)}"
            )

    def machine(self, name: str, *, apart: bool = False, image: str = "") -> Member:
        """Start a further machine with a kernel interface; it is online when this returns.

        `image` is one of members with more in it; the default is that of all members.
        """
        return self._join(f"{name}-{secrets.token_hex(3)}", apart=apart, image=image)

    def address(self, member: Member) -> str:
        """A member's address outside the tailnet, on the network of the containers."""
        member.container.reload()
        networks = member.container.attrs["NetworkSettings"]["Networks"]
        return str(networks[self._network.name]["IPAddress"])

    def helper(self, name: str, command: Sequence[str], **options: Any) -> Member:
        """A container of the members' image that runs this command without any network."""
        container = self._create(
            f"{name}-{secrets.token_hex(3)}",
            image=self._image,
            entrypoint=list(command),
            network="none",
            security_opt=["label=disable"],
            **options,
        )
        container.start()
        return Member(self.engine, container, name)

    def _bring_up(self, stack: ExitStack) -> None:
        client = self.engine.client
        self._network = client.networks.create(
            f"tailbox-{self.run.id}", internal=True, labels=self.run.labels, check_duplicate=True
        )
        control = self.hub = self._start_member("control", ["control"])
        control.output(["socat", "-u", "/dev/null", f"TCP:127.0.0.1:{CONTROL_PORT},retry=200,interval=0.05"])
        self.control_address = self.address(control)
        self._url = f"http://{self.control_address}:{CONTROL_PORT}"
        admin = stack.enter_context(Gate(control, "127.0.0.1", CONTROL_PORT))
        self.control = stack.enter_context(closing(Control(admin.url)))
        # Also before these are closed: who waits for control in another thread ends with control's container.
        stack.callback(self._remove)
        pool = ThreadPoolExecutor(2, thread_name_prefix="join")
        stack.callback(pool.shutdown, wait=False, cancel_futures=True)
        self.laptop, self.server = pool.map(self._join, ("laptop", "server"))
        self.server.put("/srv/greeting", self.greeting.encode())

    def _laptop_knows(self, node: Node) -> bool:
        """By its name, and by its relay: who sends earlier loses a handshake, which is repeated after 5 s."""
        status = json.loads(self.laptop.output(["tailscale", "status", "--json"]))
        peers = (status.get("Peer") or {}).values()
        known = any(p["Relay"] for p in peers if p["DNSName"].partition(".")[0] == node.hostname)
        return known and self.laptop.run(["getent", "ahostsv4", node.hostname]).code == 0

    def _join(self, name: str, *, apart: bool = False, image: str = "") -> Member:
        member = self._start_member(
            name,
            ["server" if name == "server" else "laptop", self._url, name],
            files={_KEY_FILE: self.control.mint_key().encode()},
            image=image or self._image,
            **_KERNEL_INTERFACE,
        )
        if apart:
            self._set_apart(member)
        self.control.wait(name, Kind.ONLINE, deadline=_JOIN_DEADLINE)
        return member

    def _set_apart(self, member: Member) -> None:
        """Leave it a route to control alone: what it says to others then goes through control's relay."""
        member.output(["sh", "-c", _APART, "sh", self.control_address], options=PRIVILEGED)

    def _start_member(
        self, name: str, command: Sequence[str], files: Mapping[str, bytes] | None = None, **options: Any
    ) -> Member:
        options = {"image": self._image, **options}
        container = self._create(name, command=list(command), init=True, **options)
        member = Member(self.engine, container, name)
        for path, data in (files or {}).items():
            member.put(path, data)
        container.start()
        return member

    def _create(self, name: str, **options: Any) -> Container:
        """A container of this run; on the tailnet's network unless the options say otherwise."""
        if self._closed.is_set():
            raise TailnetError("the private tailnet is being removed", "start the proof again")
        return self.engine.client.containers.create(
            name=f"tailbox-{self.run.id}-{name}",
            hostname=name,
            labels=self.run.labels,
            **({"network": self._network.name} | options),
        )

    def _environment(self, hostname: str, key: str) -> dict[str, str]:
        return {
            "TS_AUTHKEY": key,
            "TS_LOGIN_SERVER": self._url,
            "TS_HOSTNAME": hostname,
            "SSH_PUBLIC_KEY": self.developer.public_line,
        }

    def _remove(self) -> None:
        self._closed.set()
        if not self._keep:
            runs.remove(self.engine.client, self.run.id)


def _gpus(client: DockerClient) -> list[DeviceRequest]:
    """All GPUs, where the engine can hand them to containers."""
    if "nvidia" not in client.info().get("Runtimes", {}):
        return []
    return [DeviceRequest(count=-1, capabilities=[["gpu"]])]


def _edit(container: Container, path: str, old: str, new: str) -> None:
    """Change a file of a created container in place, mode and owner kept."""
    chunks, _ = container.get_archive(path)
    with tarfile.open(fileobj=io.BytesIO(b"".join(chunks))) as tar:
        entry = tar.getmembers()[0]
        content = tar.extractfile(entry)
        text = content.read().decode() if content else ""
    if old not in text:
        raise TailnetError(
            f"{path} of the image does not hold {old!r}", "bring the edit up to date with the file"
        )
    data = text.replace(old, new).encode()
    entry.size = len(data)
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        tar.addfile(entry, io.BytesIO(data))
    container.put_archive(path.rpartition("/")[0] or "/", packed.getvalue())


def _tail(member: Member) -> str:
    return "\n".join(member.log().decode(errors="replace").strip().splitlines()[-15:])
