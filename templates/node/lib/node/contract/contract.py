"""The contract of a node: environment variables in; typed settings, and all problems at once, out."""

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from node.contract import identity, keys, values
from node.contract.identity import NO_IDENTITY, Identity
from node.contract.names import label, node_name
from node.contract.ssh_backend import SSH_BACKENDS, SshBackend
from node.contract.variables import Variables
from node.problems import Problem

SWITCH = ("on", "off")
NO_TAGS: tuple[str, ...] = ()


class Defaults(NamedTuple):
    """What the target decided when the image was built (etc/defaults.json)."""

    ssh: str = "both"
    jupyter: bool = True


class Contract(NamedTuple):
    """What the node is asked to be. Empty text means: not given."""

    identity: Identity
    login_server: str
    hostname: str
    tags: tuple[str, ...]
    ssh: SshBackend
    authorized_keys: tuple[str, ...]
    jupyter: bool
    jupyter_port: int
    jupyter_token: str
    jupyter_password: str
    forwards: tuple[values.Forward, ...]
    gateway: values.Gateway | None

    @property
    def open_forwards(self) -> tuple[values.Forward, ...]:
        """The forwards, but for one on Jupyter's port."""
        taken = ("tcp", self.jupyter_port) if self.jupyter else None
        return tuple(forward for forward in self.forwards if forward[:2] != taken)

    @property
    def gateway_to_jupyter(self) -> bool:
        """Whether the gateway would open Jupyter to the public."""
        return self.jupyter and self.gateway is not None and self.gateway.local == self.jupyter_port

    @property
    def open_gateway(self) -> values.Gateway | None:
        """The gateway, unless it would open Jupyter to the public."""
        return None if self.gateway_to_jupyter else self.gateway


def parse(
    environ: Mapping[str, str], defaults: Defaults, hostname: str, read_file: Callable[[str], str]
) -> tuple[Contract, list[Problem]]:
    """Return the contract in `environ`, and all problems; each invalid value falls back to its default.

    `hostname` is the container's, for the default name. `read_file` returns the text of a secret's file and
    raises OSError. An invalid control server also drops the key, so that it goes to no other server.
    """
    variables = Variables(environ, read_file)
    proof = identity.read(variables)
    server = variables.parsed("TS_LOGIN_SERVER", values.login_server, "")
    if variables.text("TS_LOGIN_SERVER") and not server:
        proof = NO_IDENTITY
    contract = Contract(
        identity=proof,
        login_server=server,
        hostname=requested_name(variables, hostname),
        tags=variables.parsed("TS_TAGS", values.tags, NO_TAGS),
        ssh=SshBackend(variables.choice("NODE_SSH", SSH_BACKENDS, defaults.ssh)),
        authorized_keys=authorized_keys(variables),
        jupyter=variables.choice("NODE_JUPYTER", SWITCH, "on" if defaults.jupyter else "off") == "on",
        jupyter_port=variables.parsed("JUPYTER_PORT", values.free_port, 8888),
        jupyter_token=variables.secret("JUPYTER_TOKEN"),
        jupyter_password=variables.secret("JUPYTER_PASSWORD"),
        forwards=variables.parsed("NODE_FORWARDS", values.forwards, ()),
        gateway=variables.parsed("NODE_GATEWAY_PORT", values.gateway, None),
    )
    return contract, [*variables.problems, *variables.unknown(), *contradictions(contract)]


def requested_name(variables: Variables, hostname: str) -> str:
    """Return TS_HOSTNAME as a DNS label, or the default name."""
    requested = variables.text("TS_HOSTNAME")
    name = label(requested)
    if requested and name != requested.lower():
        what = f"TS_HOSTNAME={requested!r} is not a DNS label; {name or 'the default name'} is used."
        variables.complain(what, "Use letters, digits and single hyphens, at most 63.")
    return name or node_name(variables.environ, hostname)


def authorized_keys(variables: Variables) -> tuple[str, ...]:
    """Return the public keys of SSH_PUBLIC_KEY and PUBLIC_KEY, none twice."""
    parsed: list[keys.Key] = []
    for name in ("SSH_PUBLIC_KEY", "PUBLIC_KEY"):
        of_variable, problems = keys.parse(name, variables.text(name))
        parsed += of_variable
        variables.problems += problems
    return tuple(key.line for key in keys.unique(parsed))


def contradictions(contract: Contract) -> Iterator[Problem]:
    """Yield a problem for values that are valid alone but not together."""
    if contract.identity.for_tagged_nodes and not contract.tags:
        yield Problem(
            "OAuth clients and workload identities join tagged nodes only.",
            "Set TS_TAGS to a tag that the client may assign, for example `tag:gpu`.",
        )
    if contract.ssh == "sshd" and not contract.authorized_keys:
        yield Problem(
            "sshd is the only SSH back end and no public key is given: nobody can log in.",
            "Set SSH_PUBLIC_KEY to the content of your .pub file, or NODE_SSH=both.",
        )
    if contract.open_forwards != contract.forwards:
        yield Problem(
            f"NODE_FORWARDS uses port {contract.jupyter_port}, Jupyter's: this forward is not started.",
            "Choose another local port, or set JUPYTER_PORT.",
        )
    if contract.gateway_to_jupyter:
        yield Problem(
            "NODE_GATEWAY_PORT leads to Jupyter, which is for the tailnet only; the gateway stays closed.",
            "Open Jupyter by the node's tailnet name; let the gateway lead to another port.",
        )
