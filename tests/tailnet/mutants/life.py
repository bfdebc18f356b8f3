"""Nodes that lie about themselves, do not stop well, or are not found again."""

from __future__ import annotations

from builder.prove.tailnet.node import Edit
from tests.tailnet.mutants.mutant import BIN, SVSCAN, Mutant, boot

MUTANTS = (
    Mutant(
        "always ready",
        "ready says yes whatever is",
        "node.ready",
        "was stopped, and `nodectl ready` ended with 0",
        edits=(Edit(f"{BIN}/nodectl", "sys.exit(main(sys.argv[1:]))", "main(sys.argv[1:])"),),
    ),
    Mutant(
        "keys",
        "status has another name",
        "node.ready",
        "status: name is 'other.example'",
        edits=(
            Edit(
                f"{BIN}/nodectl",
                "sys.exit(main",
                "from node.tailnet import localapi\n"
                "real = localapi.tailnet\n"
                "localapi.tailnet = lambda paths: real(paths)._replace(name='other.example')\n"
                "sys.exit(main",
            ),
        ),
    ),
    Mutant(
        "keys",
        "no logout",
        "stop.sigterm",
        "the stopped node did not log out",
        edits=(Edit(f"{SVSCAN}/SIGTERM", "timeout 4", '[ ! -e "$run/main.pid" ] || timeout 4'),),
    ),
    Mutant(
        "keys",
        "no TERM for a command",
        "stop.running_command",
        "ended with 137 .*, not 9",
        edits=(Edit(f"{SVSCAN}/SIGTERM", "kill -TERM", "kill -KILL"),),
    ),
    Mutant(
        "services",
        "exit code lost on stop",
        "stop.running_command",
        "ended with 0, not 9",
        edits=(Edit(f"{SVSCAN}/finish", 'exit "$code"', "exit 0"),),
    ),
    Mutant(
        "keys",
        "exit code lost",
        "stop.ended_command",
        "ended with 0, not 7",
        edits=(Edit(f"{SVSCAN}/finish", 'exit "$code"', 'exit "$((code == 7 ? 0 : code))"'),),
    ),
    Mutant(
        "contents",
        "dev may not administer",
        "operate.by_ssh",
        "`nodectl status --json` says",
        changes=(("rm", "/etc/sudoers.d/tailbox"),),
    ),
    Mutant(
        "keys",
        "the platform's id is not in the name",
        "operate.found_by_id",
        r"no node has the id [0-9a-f]+ in its name: \S+machine$",
        edits=(boot('from node.contract import names; names.machine_id = lambda _: "machine"'),),
    ),
    Mutant(
        "keys",
        "the node's state is not kept",
        "operate.presence",
        "control did not see node-[0-9a-f]+ online",
        edits=(boot('import shutil; shutil.rmtree("/var/lib/tailscale", ignore_errors=True)'),),
    ),
)
