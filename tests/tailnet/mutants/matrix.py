"""Traffic that is lost, or goes where it must not."""

from __future__ import annotations

from tests.tailnet.mutants.mutant import Mutant, flag, sh

# Something in the node that answers under the server's tailnet address.
_FALSE_SERVER = """
ip address add {server}/32 dev lo
mkdir /tmp/false && touch /tmp/false/greeting
python3 -m http.server 8000 --bind {server} --directory /tmp/false >/dev/null 2>&1 &
socat -u /dev/null TCP:{server}:8000,retry=200,interval=0.05
"""

_LEAVES = """
ip route add 100.64.0.0/10 dev eth0 table 77
ip rule add pref 20 to {near_machine} ipproto PROTOCOL lookup 77
"""
_LOCAL_RULES_LATER = "ip rule add pref 10 lookup local; ip rule del pref 0 lookup local; ip rule add pref 1"

MUTANTS = (
    Mutant(
        "a machine that drops the laptop's UDP",
        "matrix.default_to_default",
        "2 of 10 .* UDP by v4, plain, direct: no answer",
        acts=(("near_machine", "iptables -I INPUT -i tailscale0 -s {laptop} -p udp -j DROP"),),
    ),
    Mutant(
        "a laptop whose TCP does not reach a node",
        "matrix.default_to_userspace",
        "3 of 7 .* TCP by v4, plain, direct: no answer",
        acts=(("laptop", "iptables -I OUTPUT -d {near_node} -p tcp -j DROP"),),
    ),
    Mutant(
        "a laptop whose ping does not reach a node",
        "matrix.ping_userspace",
        "2 of 3 .* ICMP by v4, plain, direct: (EPERM|no answer)",
        acts=(("laptop", "iptables -I OUTPUT -d {near_node} -p icmp -j DROP"),),
    ),
    Mutant(
        "no HTTP proxy",
        "matrix.tcp_through_proxy",
        "8 of 16 .* TCP by v4, http, direct",
        edits=flag("outbound-http-proxy-listen=127.0.0.1:1055", "outbound-http-proxy-listen=127.0.0.1:1056"),
    ),
    Mutant(
        "a machine that drops the node's TCP",
        "matrix.tcp_through_proxy",
        "6 of 16 .* TCP by v4, socks5, direct",
        acts=(("near_machine", "iptables -I INPUT -i tailscale0 -s {node} -p tcp -j DROP"),),
    ),
    Mutant(
        "a machine that drops the node's UDP",
        "matrix.udp_through_proxy",
        "2 of 6 .* UDP by v4, socks5, direct",
        acts=(("near_machine", "iptables -I INPUT -i tailscale0 -s {node} -p udp -j DROP"),),
    ),
    Mutant(
        "plain sockets leave",
        "matrix.plain_sockets",
        "1 of 8 .* TCP by v4, plain, none: (EHOSTUNREACH|no answer)",
        acts=(("node", _LEAVES.replace("PROTOCOL", "tcp")),),
    ),
    Mutant(
        "ping leaves",
        "matrix.kernel_ping",
        "1 of 4 .* ICMP by v4, plain, none: (EHOSTUNREACH|no answer)",
        acts=(("node", _LEAVES.replace("PROTOCOL", "icmp")),),
    ),
    Mutant(
        "no ping of localhost",
        "matrix.itself_by_localhost",
        "1 of 3 .* ICMP by localhost, plain, none: (EACCES|no answer)",
        acts=(("near_node", f"{_LOCAL_RULES_LATER} to 127.0.0.0/8 ipproto icmp prohibit"),),
    ),
    Mutant(
        "its own address on an interface",
        "matrix.itself_plain",
        "3 of 6 .* by v4, plain, none: (works|ECONNREFUSED)",
        acts=(("near_node", "ip address add {near_node}/32 dev lo"),),
    ),
    Mutant(
        "no way to its own proxy",
        "matrix.itself_through_proxy",
        "6 of 6 .* TCP by v4, socks5, none",
        acts=(("near_node", f"{_LOCAL_RULES_LATER} to 127.0.0.0/8 ipproto tcp dport 1055 prohibit"),),
    ),
    Mutant(
        "a machine that drops what comes by DERP",
        "matrix.derp",
        "TCP by v4, plain, DERP: no answer",
        acts=(("far_machine", "iptables -I INPUT -i tailscale0 -s {laptop} -p tcp -j DROP"),),
    ),
    Mutant(
        "no way to DERP",
        "matrix.derp",
        "not DERP",
        edits=flag("exec ", "export TS_DEBUG_USE_DERP_HTTP=1\nexec "),
    ),
    Mutant(
        "downloads through the proxy",
        "network.untouched",
        "a download: '[0-9a-f]+' with tailscaled, 'nothing' without it",
        changes=(sh("echo 'proxy = socks5h://127.0.0.1:1055' >/root/.curlrc"),),
    ),
    Mutant(
        "a server that the node does not reach",
        "outbound.socks5",
        "does not answer through 127.0.0.1:1055",
        acts=(("server", "iptables -I INPUT -i tailscale0 -s {node} -p tcp -j DROP"),),
    ),
    Mutant(
        "a tailnet address without the proxy",
        "outbound.socks5",
        "a plain socket reached 100",
        acts=(("node", _FALSE_SERVER),),
    ),
    Mutant(
        "a laptop that does not reach the node",
        "tailnet.joined",
        "the laptop does not reach",
        acts=(("laptop", "iptables -I OUTPUT -d {node} -p icmp -j DROP"),),
    ),
    Mutant(
        "out of the tailnet",
        "tailnet.joined",
        "online \\(offline\\)|does not reach",
        changes=(("tailscale", "down"),),
    ),
    Mutant(
        "logged out of the tailnet",
        "tailnet.joined",
        "online \\(logged out\\)",
        changes=(("tailscale", "logout"),),
    ),
)
