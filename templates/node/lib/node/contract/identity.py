"""How the node proves to its tailnet that it may join."""

from typing import NamedTuple

from node.contract.variables import AUTHKEY, CLIENT_SECRET, ID_TOKEN, Variables


class Identity(NamedTuple):
    """At most one proof. `tailscale up` understands all of them except `command`.

    `key` is a join key or an OAuth client's secret. A workload identity is `client_id` with an `id_token`,
    or with the `audience` for which the cloud issues one. `command` prints a key.
    """

    key: str = ""
    client_id: str = ""
    id_token: str = ""
    audience: str = ""
    command: str = ""

    @property
    def for_tagged_nodes(self) -> bool:
        """Whether it admits only nodes with tags."""
        return self.key.startswith("tskey-client-") or bool(self.client_id)


NO_IDENTITY = Identity()


def read(variables: Variables) -> Identity:
    """Return the proof that NODE_IDENTITY names, by default the one in the variables."""
    source = variables.text("NODE_IDENTITY") or "env"
    kind, _, rest = source.partition(":")
    if source == "env":
        return from_variables(variables)
    if kind == "file" and rest:
        return Identity(key=variables.file("NODE_IDENTITY", rest))
    if kind == "command" and rest.strip():
        return Identity(command=rest.strip())
    what = "NODE_IDENTITY is neither `env`, `file:PATH` nor `command:...`."
    variables.complain(what, "Use for example `NODE_IDENTITY=file:/run/secrets/authkey`.")
    return NO_IDENTITY


def from_variables(variables: Variables) -> Identity:
    """Return the join key, the OAuth client's secret or the workload identity, in this order."""
    key, secret = variables.secret(*AUTHKEY), variables.secret(CLIENT_SECRET)
    client, token = variables.text("TS_CLIENT_ID"), variables.secret(ID_TOKEN)
    audience = variables.text("TS_AUDIENCE")
    if key and (secret or client):
        what = "TS_AUTHKEY and an OAuth client are given; the key is used."
        variables.complain(what, "Unset TS_AUTHKEY, or TS_CLIENT_ID and TS_CLIENT_SECRET.")
    if key or secret:
        return Identity(key=key or secret)
    if client and (token or audience):
        return Identity(client_id=client, id_token=token, audience="" if token else audience)
    if client or token or audience:
        what = "A workload identity needs TS_CLIENT_ID, and TS_ID_TOKEN or TS_AUDIENCE."
        variables.complain(what, "Set both, or TS_AUTHKEY instead.")
    return NO_IDENTITY
