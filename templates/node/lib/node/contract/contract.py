"""The contract of a node: environment variables in, typed settings and every problem out."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from node.contract import keys, values
from node.contract.names import label, node_name
from node.contract.ssh_backend import BACK_ENDS, BackEnd
from node.contract.variables import AUTHKEY, CLIENT_SECRET, ID_TOKEN, Variables
from node.problems import Problem

SWITCH = ("on", "off")
NO_TAGS: tuple[str, ...] = ()
SSHD_PORT = 2222
PROXY_PORT = 1055
OWN_PORTS = {22: "Tailscale SSH", SSHD_PORT: "sshd", PROXY_PORT: "the tailnet proxy"}


class Defaults(NamedTuple):
    """What the target decided at build time (etc/defaults.json)."""

    ssh: str = "both"
    jupyter: bool = True


class Identity(NamedTuple):
    """How the node proves that it may join: one way at most. `tailscale up` knows all but the command.

    `key` is a join key or an OAuth client's secret. A workload identity is `client_id` with an `id_token`,
    or with the `audience` for which the cloud gives one. `command` prints a key.
    """

    key: str = ""
    client_id: str = ""
    id_token: str = ""
    audience: str = ""
    command: str = ""

    @property
    def for_tagged_nodes(self) -> bool:
        """Whether it admits nodes with tags only."""
        return self.key.startswith("tskey-client-") or bool(self.client_id)


NO_IDENTITY = Identity()


class Contract(NamedTuple):
    """What this run of the node is asked to be. Empty text means: not given."""

    identity: Identity
    login_server: str
    hostname: str
    tags: tuple[str, ...]
    ssh: BackEnd
    authorized_keys: tuple[str, ...]
    jupyter: bool
    jupyter_port: int
    jupyter_token: str
    jupyter_password: str
    forwards: tuple[values.Forward, ...]
    gateway: values.Gateway | None

    @property
    def open_gateway(self) -> values.Gateway | None:
        """The gateway, unless it would lead the public to Jupyter."""
        own = self.jupyter and self.gateway and self.gateway.local == self.jupyter_port
        return None if own else self.gateway


def parse(
    environ: Mapping[str, str], defaults: Defaults, hostname: str, read_file: Callable[[str], str]
) -> tuple[Contract, list[Problem]]:
    """The contract in `environ`, and all problems at once; a wrong value falls back to its default.

    `hostname` is the container's, for the default name. `read_file` gives a secret file's text and raises
    OSError. A wrong control server also drops the key, so that it goes to no other server.
    """
    variables = Variables(environ, read_file)
    proof = identity(variables)
    server = variables.checked("TS_LOGIN_SERVER", values.login_server, "")
    if variables.given("TS_LOGIN_SERVER") and not server:
        proof = NO_IDENTITY
    tags = variables.checked("TS_TAGS", values.tags, NO_TAGS)
    ssh = BackEnd(variables.choice("NODE_SSH", BACK_ENDS, defaults.ssh))
    contract = Contract(
        identity=proof,
        login_server=server,
        hostname=chosen_name(variables, hostname),
        tags=tags,
        ssh=ssh,
        authorized_keys=authorized_keys(variables),
        jupyter=variables.choice("NODE_JUPYTER", SWITCH, "on" if defaults.jupyter else "off") == "on",
        jupyter_port=variables.checked("JUPYTER_PORT", values.free_port(OWN_PORTS), 8888),
        jupyter_token=variables.secret("JUPYTER_TOKEN"),
        jupyter_password=variables.secret("JUPYTER_PASSWORD"),
        forwards=variables.checked("NODE_FORWARDS", values.forwards(OWN_PORTS), ()),
        gateway=variables.checked("NODE_GATEWAY_PORT", values.gateway(OWN_PORTS), None),
    )
    return contract, [
        *variables.problems,
        *variables.unknown(),
        *contradictions(contract),
        *not_here(variables),
    ]


def identity(variables: Variables) -> Identity:
    """Where the join key comes from, or what stands for it."""
    source = variables.text("NODE_IDENTITY") or "env"
    kind, _, rest = source.partition(":")
    if source == "env":
        return from_variables(variables)
    if kind == "file" and rest:
        return Identity(key=variables.file("NODE_IDENTITY", rest))
    if kind == "command" and rest.strip():
        return Identity(command=rest.strip())
    what = "NODE_IDENTITY is neither `env`, `file:PATH` nor `command:...`."
    variables.problems.append(Problem(what, "Use for example `NODE_IDENTITY=file:/run/secrets/authkey`."))
    return NO_IDENTITY


def from_variables(variables: Variables) -> Identity:
    """A join key, an OAuth client's secret, or a workload identity, in this order."""
    key, secret = variables.secret(*AUTHKEY), variables.secret(CLIENT_SECRET)
    client, token = variables.text("TS_CLIENT_ID"), variables.secret(ID_TOKEN)
    audience = variables.text("TS_AUDIENCE")
    if key and (secret or client):
        what = "TS_AUTHKEY and an OAuth client are given; the key is used."
        variables.problems.append(Problem(what, "Unset TS_AUTHKEY, or TS_CLIENT_ID and TS_CLIENT_SECRET."))
    if key or secret:
        return Identity(key=key or secret)
    if client and (token or audience):
        return Identity(client_id=client, id_token=token, audience="" if token else audience)
    if client or token or audience:
        what = "A workload identity needs TS_CLIENT_ID, and TS_ID_TOKEN or TS_AUDIENCE."
        variables.problems.append(Problem(what, "Set both, or TS_AUTHKEY instead."))
    return NO_IDENTITY


def chosen_name(variables: Variables, hostname: str) -> str:
    """TS_HOSTNAME as a DNS label, else the platform's name."""
    given = variables.text("TS_HOSTNAME")
    name = label(given)
    if given and name != given.lower():
        used = name or "the default name"
        what = f"TS_HOSTNAME={given!r} is no DNS label; {used} is used."
        variables.problems.append(Problem(what, "Use letters, digits and single hyphens, at most 63."))
    return name or node_name(variables.environ, hostname)


def authorized_keys(variables: Variables) -> tuple[str, ...]:
    """The public keys of SSH_PUBLIC_KEY and PUBLIC_KEY, none twice."""
    found: list[keys.Key] = []
    for name in ("SSH_PUBLIC_KEY", "PUBLIC_KEY"):
        parsed, problems = keys.parse(name, variables.text(name))
        found += parsed
        variables.problems += problems
    return tuple(key.line for key in keys.unique(found))


def contradictions(contract: Contract) -> Sequence[Problem]:
    """Values that are right alone and wrong together."""
    problems = []
    if contract.identity.for_tagged_nodes and not contract.tags:
        what = "OAuth clients and workload identities join tagged nodes only."
        problems.append(
            Problem(what, "Set TS_TAGS to a tag that the client may assign, for example `tag:gpu`.")
        )
    if contract.ssh == "sshd" and not contract.authorized_keys:
        what = "sshd is the only SSH back end and no public key is given: nobody can log in."
        problems.append(Problem(what, "Set SSH_PUBLIC_KEY to your .pub file's content, or NODE_SSH=both."))
    taken = [f.port for f in contract.forwards if f[:2] == ("tcp", contract.jupyter_port)]
    if taken and contract.jupyter:
        what = f"NODE_FORWARDS uses port {taken[0]}, which is Jupyter's."
        problems.append(Problem(what, "Choose another local port, or set JUPYTER_PORT."))
    if contract.gateway and contract.jupyter and contract.gateway.local == contract.jupyter_port:
        what = "NODE_GATEWAY_PORT leads to Jupyter, which is for the tailnet only; the gateway stays closed."
        problems.append(Problem(what, "Open Jupyter by its tailnet name; give the gateway another port."))
    return problems


def not_here(variables: Variables) -> list[Problem]:
    """Variables of the contract that this image does not serve."""
    problems = []
    if variables.choice("NODE_TRANSPARENT", SWITCH, "off") == "on":
        what = "NODE_TRANSPARENT=on: this image has no network shim."
        problems.append(Problem(what, f"Use the proxy socks5h://127.0.0.1:{PROXY_PORT}, or NODE_FORWARDS."))
    return problems
