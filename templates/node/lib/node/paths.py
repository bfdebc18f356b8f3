"""Where a node keeps its files. /run is volatile, /var/lib lasts as long as the container's disk."""

from typing import NamedTuple


class Paths(NamedTuple):
    """Every path the node package uses; tests put them under a directory of their own."""

    opt: str = "/opt/tailbox"
    run: str = "/run/tailbox"
    state: str = "/var/lib/tailbox"
    tailscale_state: str = "/var/lib/tailscale"
    tailscale_run: str = "/run/tailscale"

    @property
    def defaults(self) -> str:
        return f"{self.opt}/etc/defaults.json"

    @property
    def services(self) -> str:
        return f"{self.run}/services"

    @property
    def environ(self) -> str:
        return f"{self.run}/environ"

    @property
    def problems(self) -> str:
        return f"{self.run}/problems"

    @property
    def boot(self) -> str:
        return f"{self.run}/boot"

    @property
    def log(self) -> str:
        """What s6-log keeps of each service, for `nodectl logs`."""
        return f"{self.run}/log"

    @property
    def names(self) -> str:
        return f"{self.run}/names"

    @property
    def settings(self) -> str:
        """What the join service and nodectl need to know of the contract; no secret in it."""
        return f"{self.run}/settings.json"

    @property
    def key(self) -> str:
        return f"{self.run}/secrets/authkey"

    @property
    def id_token(self) -> str:
        """A workload's token, for as long as the node has not joined."""
        return f"{self.run}/secrets/id_token"

    @property
    def key_command(self) -> str:
        """The command of NODE_IDENTITY=command:...; it may hold a secret of its own."""
        return f"{self.run}/secrets/key_command"

    @property
    def socket(self) -> str:
        return f"{self.tailscale_run}/tailscaled.sock"

    @property
    def kept(self) -> str:
        """Leads to `state`, or stands in for it where that cannot be written."""
        return f"{self.run}/state"

    @property
    def tailscale_kept(self) -> str:
        """Leads to `tailscale_state`, or stands in for it.

        A directory called `tailscale` gets its mode from tailscaled, which takes no state from one whose mode
        it may not set (tailscale.com/paths, ensureStateDirPerms).
        """
        return f"{self.run}/tailnet"

    @property
    def token(self) -> str:
        return f"{self.kept}/jupyter_token"

    @property
    def password(self) -> str:
        return f"{self.kept}/jupyter_password"

    @property
    def host_key(self) -> str:
        return f"{self.kept}/ssh_host_ed25519_key.pub"


PATHS = Paths()
