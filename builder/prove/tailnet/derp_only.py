"""Force the packets of a member to go by DERP."""

from __future__ import annotations

from builder.prove.tailnet.member import PRIVILEGED, Member

# What tailscaled sends to a peer directly is UDP; DERP is TCP. Names are resolved on loopback. What programs
# send into the tailnet by the kernel's interface, UDP too, takes the table that tailscaled fills.
# UDP by its number: an older iproute2 looks its name up in /etc/protocols, which an image need not have.
_WITHOUT_UDP = """
ip rule add pref 10 to 100.64.0.0/10 lookup 52 && ip rule add pref 11 ipproto 17 unreachable
[ ! -e /proc/net/if_inet6 ] || {
    ip -6 rule add pref 10 to fd7a:115c:a1e0::/48 lookup 52 && ip -6 rule add pref 11 ipproto 17 unreachable
}
"""


def block_direct_paths(member: Member) -> None:
    """Block a member's UDP outside the tailnet. Raises TailnetError if that is refused."""
    member.output(["sh", "-c", _WITHOUT_UDP], options=PRIVILEGED)
