"""The private tailnet: control, laptop and server on an internal network, and the nodes that join it."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

from builder.core import console, process
from builder.engine.client import Engine
from builder.prove.errors import TailnetError
from builder.prove.tailnet import edits, run_labels
from builder.prove.tailnet.containers import Containers, gpu_requests, start_container
from builder.prove.tailnet.control_plane import CONTROL_PORT, ControlPlane, Kind, open_admin_api
from builder.prove.tailnet.derp_only import block_direct_paths
from builder.prove.tailnet.external import ExternalControlPlane, ExternalTailnet, log_out
from builder.prove.tailnet.member import PRIVILEGED, Member
from builder.prove.tailnet.node import Node, NodeSpec
from builder.prove.tailnet.peers import knows_peer
from builder.prove.tailnet.ssh_identity import Identity

GREETING_PORT = 8000
_KEY_FILE = "/etc/tailbox/key"
_KERNEL_INTERFACE = {"devices": ["/dev/net/tun"], "cap_add": ["NET_ADMIN"]}
_JOIN_DEADLINE = 120.0


class Tailnet:
    """Exists during the `with` block; the next run removes what a killed one left.

    With `keep` it stays if the block succeeds. Any number of tailnets can exist side by side, and threads may
    share one. With `external` the members and nodes join an existing tailnet.
    """

    def __init__(
        self,
        engine: Engine,
        members_image: str,
        *,
        keep: bool = False,
        external: ExternalTailnet | None = None,
    ) -> None:
        self.engine = engine
        self.run = run_labels.Run.new(standing=keep)
        self._keep = keep
        self._external = external
        self.developer = Identity.new()
        self.greeting = secrets.token_hex(8)
        self._image = members_image

    def __enter__(self) -> Tailnet:
        run_labels.sweep(self.engine.client)
        network = self._external.network if self._external else ""
        self._containers = Containers(
            self.engine, self.run, self._image, leads_out=self._external is not None, network=network
        )
        with ExitStack() as stack:
            stack.callback(self._remove)
            self._bring_up(stack)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        self._keep = self._keep and error is None
        self._stack.close()

    def start(self, spec: NodeSpec, hostname: str = "") -> Node:
        """Start a node with a join key of its own, by default under a random name; do not wait for it.

        Fall back to no GPUs. Raises TailnetError if the engine cannot start it.
        """
        node = self.create(spec, hostname or f"node-{secrets.token_hex(3)}")
        try:
            start_container(node.member.container)
        except TailnetError as error:
            node.member.remove()
            if not spec.gpus:
                raise
            console.note(f"no GPU for the node: {error.problems[0].what}")
            return self.start(replace(spec, gpus=False), node.hostname)
        return node

    def create(self, spec: NodeSpec, hostname: str) -> Node:
        """Create a node with a join key of its own, without starting it."""
        key = self.control.mint_key()
        container = self._containers.create(
            hostname,
            image=spec.image,
            command=list(spec.command) or None,
            environment={**self._environment(hostname, key), **spec.environment},
            device_requests=gpu_requests(self.engine.client) if spec.gpus else [],
            **spec.options,
        )
        for edit in spec.edits:
            edits.apply(container, edit.path, edit.old, edit.new)
        return Node(Member(self.engine, container, hostname, ("TS_AUTHKEY",)), hostname, spec, key)

    def settle(self, node: Node, *, deadline: float = 180.0) -> str | None:
        """Wait until a node is ready and apply its spec's changes; else return what is missing."""
        if missing := self.wait_ready(node, deadline=deadline):
            return missing
        for change in node.spec.changes:
            node.member.output(change, options=PRIVILEGED)
        return None

    def wait_ready(self, node: Node, *, deadline: float = 180.0) -> str | None:
        """Wait up to `deadline` seconds until a node is ready and online; else return what is missing."""
        done = node.nodectl("ready", "--timeout", f"{deadline:.0f}", deadline=deadline + 15)
        if done.code != 0:
            return done.last_lines or f"`nodectl ready` ended with {done.code}"
        self.control.wait(node.hostname, Kind.ONLINE, deadline=_JOIN_DEADLINE)
        what = f"the laptop to learn of {node.hostname}"
        process.until(lambda: knows_peer(self.laptop, node.hostname), _JOIN_DEADLINE, what)
        return None

    def boot(self, spec: NodeSpec) -> Node:
        """Start a node and wait until it is ready. Raises TailnetError with the end of its log."""
        node = self.start(spec)
        self.require(node)
        return node

    def require(self, node: Node) -> None:
        """Wait until a started node is ready. Raises TailnetError with the end of its log."""
        if missing := self.settle(node):
            raise TailnetError(
                f"the node did not become ready: {missing}", f"its log ends: {node.member.log_end}"
            )

    def machine(self, name: str, *, derp_only: bool = False, image: str = "") -> Member:
        """Start another machine with a kernel interface, and wait until it is online.

        With `derp_only` it reaches others by DERP alone. The default image is that of all members.
        """
        member = self._start_joining("laptop", f"{name}-{secrets.token_hex(3)}", image=image)
        if derp_only:
            block_direct_paths(member)
        self.control.wait(member.name, Kind.ONLINE, deadline=_JOIN_DEADLINE)
        return member

    def address(self, member: Member) -> str:
        """Return a member's address on the network of the containers."""
        return self._containers.address(member)

    def helper(self, name: str, command: Sequence[str], **options: Any) -> Member:
        """Start a command in a container of the members' image without any network."""
        return self._containers.helper(name, command, **options)

    @property
    def is_enclosed(self) -> bool:
        """Return whether nothing leads outside: only then may a plain socket try a tailnet address."""
        return self._containers.are_enclosed

    def _bring_up(self, stack: ExitStack) -> None:
        self.hub = self._containers.start_member("control", ["control"])
        self.control, self.url = self._control_plane(stack)
        # Before the admin API closes: a thread that waits for control ends when its container does.
        stack.callback(self._remove)
        suffix = f"-{self.run.id}" if self._external else ""
        self.laptop = self._start_joining("laptop", f"laptop{suffix}")
        self.server = self._start_joining("server", f"server{suffix}")
        for member in (self.laptop, self.server):
            self.control.wait(member.name, Kind.ONLINE, deadline=_JOIN_DEADLINE)
        self.server.put("/srv/greeting", self.greeting.encode())

    def _control_plane(self, stack: ExitStack) -> tuple[ControlPlane, str]:
        """Return the control plane, and its URL for members."""
        if self._external:
            return ExternalControlPlane(self._external.key, lambda: self.laptop), self._external.login_server
        control = stack.enter_context(open_admin_api(self.hub))
        return control, f"http://{self.address(self.hub)}:{CONTROL_PORT}"

    def _start_joining(self, role: str, name: str, image: str = "") -> Member:
        return self._containers.start_member(
            name,
            [role, self.url, name],
            image=image,
            files={_KEY_FILE: self.control.mint_key().encode()},
            **_KERNEL_INTERFACE,
        )

    def _environment(self, hostname: str, key: str) -> dict[str, str]:
        return {
            "TS_AUTHKEY": key,
            "TS_LOGIN_SERVER": self.url,
            "TS_HOSTNAME": hostname,
            "SSH_PUBLIC_KEY": self.developer.public_line,
        }

    def _remove(self) -> None:
        self._containers.close()
        if self._keep:
            return
        if self._external:
            log_out(self.engine, self.run)
        run_labels.remove(self.engine.client, self.run.id)
