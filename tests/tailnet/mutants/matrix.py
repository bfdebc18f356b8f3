"""Traffic that is lost, or goes where it must not."""

from __future__ import annotations

from tests.tailnet.mutants.mutant import UNBROKEN, Act, Mutant, flag, sh

# Something in the node that answers under the server's tailnet address.
_FALSE_SERVER = Act(
    "node",
    """
ip address add {server}/32 dev lo
mkdir /tmp/false && touch /tmp/false/greeting
python3 -m http.server 8000 --bind {server} --directory /tmp/false >/dev/null 2>&1 &
echo $! >/tmp/false.pid
socat -u /dev/null TCP:{server}:8000,retry=200,interval=0.05
""",
    "kill $(cat /tmp/false.pid); rm -r /tmp/false /tmp/false.pid; ip address del {server}/32 dev lo",
)


def _drops(member: str, chain: str, rule: str) -> tuple[Act, ...]:
    """A member that drops what matches the rule."""
    match = f"{chain} {rule} -j DROP"
    return (Act(member, f"iptables -I {match}", f"iptables -D {match}"),)


def _leaves(protocol: str) -> tuple[Act, ...]:
    """A route from the node to a tailnet address."""
    return (
        Act(
            "node",
            "ip route add 100.64.0.0/10 dev eth0 table 77\n"
            f"ip rule add pref 20 to {{near_machine}} ipproto {protocol} lookup 77",
            "ip rule del pref 20; ip route flush table 77",
        ),
    )


def _no_loopback(match: str) -> tuple[Act, ...]:
    """A node near by that does not reach its own loopback."""
    return (
        Act(
            "near_node",
            "ip rule add pref 10 lookup local; ip rule del pref 0 lookup local\n"
            f"ip rule add pref 1 to 127.0.0.0/8 {match} prohibit",
            "ip rule del pref 1; ip rule add pref 0 lookup local; ip rule del pref 10",
        ),
    )


MUTANTS = (
    Mutant(
        UNBROKEN,
        "a machine that drops the laptop's UDP",
        "matrix.default_to_default",
        "2 of 10 .* UDP by v4, plain, direct: no answer",
        acts=_drops("near_machine", "INPUT", "-i tailscale0 -s {laptop} -p udp"),
    ),
    Mutant(
        UNBROKEN,
        "a laptop whose TCP does not reach a node",
        "matrix.default_to_userspace",
        "3 of 7 .* TCP by v4, plain, direct: no answer",
        acts=_drops("laptop", "OUTPUT", "-d {near_node} -p tcp"),
    ),
    Mutant(
        UNBROKEN,
        "a laptop whose ping does not reach a node",
        "matrix.ping_userspace",
        "2 of 3 .* ICMP by v4, plain, direct: (EPERM|no answer)",
        acts=_drops("laptop", "OUTPUT", "-d {near_node} -p icmp"),
    ),
    Mutant(
        "services",
        "no HTTP proxy",
        "matrix.tcp_through_proxy",
        "8 of 16 .* TCP by v4, http, direct",
        edits=flag("outbound-http-proxy-listen=127.0.0.2:1055", "outbound-http-proxy-listen=127.0.0.2:1056"),
    ),
    Mutant(
        UNBROKEN,
        "a machine that drops the node's TCP",
        "matrix.tcp_through_proxy",
        "6 of 16 .* TCP by v4, socks5, direct",
        acts=_drops("near_machine", "INPUT", "-i tailscale0 -s {node} -p tcp"),
    ),
    Mutant(
        UNBROKEN,
        "a machine that drops the node's UDP",
        "matrix.udp_through_proxy",
        "2 of 6 .* UDP by v4, socks5, direct",
        acts=_drops("near_machine", "INPUT", "-i tailscale0 -s {node} -p udp"),
    ),
    Mutant(
        UNBROKEN,
        "plain sockets leave",
        "matrix.plain_sockets",
        "1 of 8 .* TCP by v4, plain, none: (EHOSTUNREACH|no answer)",
        acts=_leaves("tcp"),
    ),
    Mutant(
        UNBROKEN,
        "ping leaves",
        "matrix.kernel_ping",
        "1 of 4 .* ICMP by v4, plain, none: (EHOSTUNREACH|no answer)",
        acts=_leaves("icmp"),
    ),
    Mutant(
        UNBROKEN,
        "no ping of localhost",
        "matrix.itself_by_localhost",
        "1 of 3 .* ICMP by localhost, plain, none: (EACCES|no answer)",
        acts=_no_loopback("ipproto icmp"),
    ),
    Mutant(
        UNBROKEN,
        "its own address on an interface",
        "matrix.itself_plain",
        "3 of 6 .* by v4, plain, none: (works|ECONNREFUSED)",
        acts=(
            Act("near_node", "ip address add {near_node}/32 dev lo", "ip address del {near_node}/32 dev lo"),
        ),
    ),
    Mutant(
        UNBROKEN,
        "no way to its own proxy",
        "matrix.itself_through_proxy",
        "6 of 6 .* TCP by v4, socks5, none",
        acts=_no_loopback("ipproto tcp dport 1055"),
    ),
    Mutant(
        UNBROKEN,
        "a machine that drops what comes by DERP",
        "matrix.derp",
        "TCP by v4, plain, DERP: no answer",
        acts=_drops("far_machine", "INPUT", "-i tailscale0 -s {laptop} -p tcp"),
    ),
    Mutant(
        "no relay",
        "no way to DERP",
        "matrix.derp",
        "not DERP",
        edits=flag("exec ", "export TS_DEBUG_USE_DERP_HTTP=1\nexec "),
    ),
    Mutant(
        "contents",
        "downloads through the proxy",
        "network.untouched",
        "a download: '[0-9a-f]+' with tailscaled, 'nothing' without it",
        changes=(sh("echo 'proxy = socks5h://127.0.0.2:1055' >/root/.curlrc"),),
    ),
    Mutant(
        UNBROKEN,
        "a server that the node does not reach",
        "outbound.socks5",
        "does not answer through 127.0.0.2:1055",
        acts=_drops("server", "INPUT", "-i tailscale0 -s {node} -p tcp"),
    ),
    Mutant(
        UNBROKEN,
        "a tailnet address without the proxy",
        "outbound.socks5",
        "a plain socket reached 100",
        acts=(_FALSE_SERVER,),
    ),
    Mutant(
        UNBROKEN,
        "a laptop that does not reach the node",
        "tailnet.joined",
        "the laptop does not reach",
        acts=_drops("laptop", "OUTPUT", "-d {node} -p icmp"),
    ),
    Mutant(
        "leaving",
        "out of the tailnet",
        "tailnet.joined",
        "online \\(offline\\)|does not reach",
        acts=(Act("node", "tailscale down"),),
    ),
    Mutant(
        "leaving",
        "logged out of the tailnet",
        "tailnet.joined",
        "online \\(logged out\\)",
        acts=(Act("node", "tailscale logout"),),
    ),
)
