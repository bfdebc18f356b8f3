"""The `tailscale up` of a node: what it asks for, how it proves who it is, and what its refusals mean."""

import os

from node.contract.settings import Settings
from node.paths import PATHS, Paths
from node.problems import Problem


def credentials(settings: Settings, paths: Paths = PATHS) -> list[str]:
    """What `tailscale up` proves with; a secret is named by its file, never in argv."""
    if os.path.exists(paths.key):
        return [f"--auth-key=file:{paths.key}"]
    if os.path.exists(paths.id_token):
        return [f"--client-id={settings.client_id}", f"--id-token=file:{paths.id_token}"]
    return [f"--client-id={settings.client_id}", f"--audience={settings.audience}"]


def up_command(settings: Settings, paths: Paths = PATHS) -> list[str]:
    """The `tailscale up` that makes the contract true.

    Routes are accepted: in userspace mode only the proxy uses them, for services behind subnet routers.
    DNS is not: nothing may touch the container's resolver.
    """
    command = [f"{paths.opt}/bin/tailscale", f"--socket={paths.socket}", "up", "--reset", "--accept-routes"]
    command += [
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
    """What `tailscale up` said at its end, with what people can do about it."""
    remedy = "Check TS_AUTHKEY, TS_LOGIN_SERVER and TS_TAGS; the whole message is in the container's log."
    if "key" in message.lower():
        remedy = (
            "Make a new auth key (this one is used up, expired or foreign) and start the container again."
        )
    elif "tag" in message.lower():
        remedy = (
            "Let the key's owner assign the tags of TS_TAGS in the tailnet's policy, or leave TS_TAGS empty."
        )
    return Problem(f"tailscale up failed: {message.rstrip('.')}.", remedy)
