"""The paths of a node's files. /run is volatile; /var/lib lasts as long as the container's disk."""

from typing import NamedTuple


class Paths(NamedTuple):
    """Every path that the node package uses; tests put them under a directory of their own."""

    opt: str = "/opt/tailbox"
    run: str = "/run/tailbox"
    state_disk: str = "/var/lib/tailbox"
    tailscale_disk: str = "/var/lib/tailscale"
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
        """The recent log lines of each service, which s6-log rotates and `nodectl logs` prints."""
        return f"{self.run}/log"

    @property
    def names(self) -> str:
        return f"{self.run}/names"

    @property
    def settings(self) -> str:
        """The part of the contract that the join service, Jupyter and nodectl read; it holds no secret."""
        return f"{self.run}/settings.json"

    @property
    def key(self) -> str:
        return f"{self.run}/secrets/authkey"

    @property
    def id_token(self) -> str:
        """A workload's ID token; removed once the node has joined."""
        return f"{self.run}/secrets/id_token"

    @property
    def hidden(self) -> str:
        """The values of the secrets that the node was given, which no log may show; only root reads them."""
        return f"{self.run}/secrets/hidden"

    @property
    def key_command(self) -> str:
        """The command of NODE_IDENTITY=command:..., which may hold a secret itself."""
        return f"{self.run}/secrets/key_command"

    @property
    def workspace(self) -> str:
        """What the target has put into /workspace, once more; absent where it has put nothing there."""
        return f"{self.opt}/workspace"

    @property
    def socket(self) -> str:
        return f"{self.tailscale_run}/tailscaled.sock"

    @property
    def state(self) -> str:
        """A link to `state_disk`, or a directory in its place where that disk cannot be written."""
        return f"{self.run}/state"

    @property
    def tailscale_state(self) -> str:
        """A link to `tailscale_disk`, or a directory in its place.

        It is not called `tailscale`: tailscaled sets the mode of a directory of that name, and refuses its
        state where it may not (tailscale.com/paths, ensureStateDirPerms).
        """
        return f"{self.run}/tailnet"

    @property
    def token(self) -> str:
        return f"{self.state}/jupyter_token"

    @property
    def password(self) -> str:
        return f"{self.state}/jupyter_password"

    @property
    def host_key(self) -> str:
        return f"{self.state}/ssh_host_ed25519_key.pub"


PATHS = Paths()
