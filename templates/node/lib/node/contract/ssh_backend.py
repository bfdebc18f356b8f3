"""The SSH back end of a node: Tailscale SSH, sshd, both, or none."""


class BackEnd(str):
    """One of BACK_ENDS."""

    @property
    def tailscale(self) -> bool:
        return self in ("tailscale", "both")

    @property
    def sshd(self) -> bool:
        return self in ("sshd", "both")


BACK_ENDS = ("tailscale", "sshd", "both", "off")
