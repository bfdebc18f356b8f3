"""The SSH back end of a node: Tailscale SSH, sshd, both, or none."""

SSH_BACKENDS = ("tailscale", "sshd", "both", "off")


class SshBackend(str):
    """One of SSH_BACKENDS."""

    @property
    def tailscale(self) -> bool:
        return self in ("tailscale", "both")

    @property
    def sshd(self) -> bool:
        return self in ("sshd", "both")
