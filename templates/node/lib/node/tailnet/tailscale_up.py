"""The `tailscale up` of a node: its options, its proof, and the meaning of its failures."""

import os

from node.contract.settings import Settings
from node.paths import PATHS, Paths
from node.problems import Problem


def proof_options(settings: Settings, paths: Paths = PATHS) -> list[str]:
    """Return the options that prove who the node is; they name a secret's file, never the secret."""
    if os.path.exists(paths.key):
        return [f"--auth-key=file:{paths.key}"]
    if os.path.exists(paths.id_token):
        return [f"--client-id={settings.client_id}", f"--id-token=file:{paths.id_token}"]
    return [f"--client-id={settings.client_id}", f"--audience={settings.audience}"]


def up_command(settings: Settings, paths: Paths = PATHS) -> list[str]:
    """Return the `tailscale up` that fulfils the contract, without a proof.

    Routes are accepted: in userspace mode only the proxy uses them, for services behind subnet routers.
    DNS settings are not: nothing may change the container's resolver.
    """
    command = [
        f"{paths.opt}/bin/tailscale",
        f"--socket={paths.socket}",
        "up",
        "--reset",
        "--accept-routes",
        "--accept-dns=false",
        f"--hostname={settings.hostname}",
        f"--ssh={str(settings.ssh.tailscale).lower()}",
    ]
    if settings.login_server:
        command.append(f"--login-server={settings.login_server}")
    if settings.tags:
        command.append(f"--advertise-tags={','.join(settings.tags)}")
    return command


def refusal(message: str) -> Problem:
    """Return the problem for the last message of a `tailscale up` that failed."""
    remedy = "Check TS_AUTHKEY, TS_LOGIN_SERVER and TS_TAGS; the whole message is in the container's log."
    if "key" in message.lower():
        remedy = "Make a new auth key (this one is used up, expired or unknown) and restart the container."
    elif "tag" in message.lower():
        remedy = "Let the tailnet's policy allow the key's owner to assign these tags, or unset TS_TAGS."
    return Problem(f"tailscale up failed: {message.rstrip('.')}.", remedy)
