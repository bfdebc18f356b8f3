"""Check what VS Code Remote-SSH needs of a node before it can start its server there."""

from __future__ import annotations

import secrets

from builder.prove.clients import ssh
from builder.prove.errors import CheckFailedError
from builder.prove.plan import Backend
from builder.prove.subject import Subject

# The programs of VS Code's own check and installer, and what these look at. One line for each thing missing.
_SCRIPT = r"""
echo "$ID: running"
missing() { echo "$ID: missing: $1"; }
for program in bash tar ldd grep sed awk sort readlink getconf flock ps uname printenv mkdir chmod; do
    command -v "$program" >/dev/null || missing "$program"
done
command -v curl >/dev/null || command -v wget >/dev/null || missing "curl or wget"
[ -x /sbin/ldconfig ] || missing /sbin/ldconfig
[ -s /etc/ssl/certs/ca-certificates.crt ] || missing ca-certificates
glibc=$(getconf GNU_LIBC_VERSION 2>/dev/null | cut -d' ' -f2)
[ "$(printf '2.28\n%s\n' "$glibc" | sort -V | head -n1)" = 2.28 ] || missing "glibc 2.28 (${glibc:-none})"
library=$(/sbin/ldconfig -p 2>/dev/null | sed -n 's/.*libstdc++.so.6 .*x86-64.* => //p' | head -n1)
grep -qa GLIBCXX_3.4.25 "${library:-/nowhere}" || missing "libstdc++ with GLIBCXX_3.4.25"
for folder in "$HOME/.vscode-server" "${TMPDIR:-/tmp}"; do
    probe="$folder/.proof-$ID"
    mkdir -p "$folder" && printf '#!/bin/sh\n' >"$probe" && chmod +x "$probe" && "$probe" ||
        missing "$folder, writable, without noexec"
    rm -f "$probe"
done
printf '%s: start\nplatform==%s==\narch==%s==\nmarker==%s==\n%s: end\n' \
    "$ID" "$(uname -s)" "$(uname -m)" "$PROOF_PLAIN" "$ID"
"""


def probe(subject: Subject) -> str:
    """`ssh -T HOST bash` with VS Code's kind of script on stdin, through each back end, as root and dev."""
    for backend in sorted(subject.plan.ssh):
        for user in ("root", "dev"):
            _probe(subject, backend, user)
    return f"{' and '.join(sorted(subject.plan.ssh))}: all that VS Code Remote-SSH asks for is there"


def _probe(subject: Subject, backend: Backend, user: str) -> None:
    mark = secrets.token_hex(6)
    with ssh.login(subject, backend, user) as transport:
        done = ssh.run(transport, "bash", stdin=f"ID={mark}\n{_SCRIPT}".encode())
    if missing := [line.partition("missing: ")[2] for line in done.text.splitlines() if "missing: " in line]:
        raise CheckFailedError(
            f"VS Code as {user} through {backend} misses {', '.join(missing)}",
            "add it to the image's packages",
        )
    block = done.text.partition(f"{mark}: start\n")[2].partition(f"\n{mark}: end")[0].splitlines()
    if block != ["platform==Linux==", f"arch=={_ARCH}==", "marker==plain=="]:
        raise CheckFailedError(
            f"VS Code as {user} through {backend} gets the answer {block or done.last_lines!r}",
            "the login shell must hand stdin and the node's environment to bash",
        )


_ARCH = "x86_64"
