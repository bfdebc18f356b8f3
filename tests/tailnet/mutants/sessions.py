"""SSH, its sessions, VS Code and JupyterLab, broken in one way each."""

from __future__ import annotations

from builder.prove.tailnet.node import Edit
from tests.tailnet.mutants.mutant import ETC, SERVICES, Mutant, jupyter, sh, sshd

# A login shell that reads the environment the wrong way before it does it right.
_CARELESS_SHELL = r"""
cat >/bin/careless <<'END'
#!/bin/bash
eval "$(tr '\0' '\n' </run/tailbox/environ | grep ^PROOF_COMMAND= | sed 's/=/="/; s/$/"/')"
exec /opt/tailbox/bin/session "$@"
END
chmod 755 /bin/careless
usermod --shell /bin/careless root
"""

# A login shell that reads what is meant for the command.
_SWALLOWING_SHELL = r"""
printf '#!/bin/bash\ncat >/dev/null\nexec /opt/tailbox/bin/session "$@"\n' >/bin/swallowing
chmod 755 /bin/swallowing
usermod --shell /bin/swallowing root
"""

MUTANTS = (
    Mutant(
        "sessions",
        "sessions of dev without the environment",
        "session.environment",
        "dev, command: 17 of 17 values differ; PROOF_PLAIN is missing",
        changes=(("usermod", "--shell", "/bin/bash", "dev"),),
    ),
    Mutant(
        "contents",
        "a value is executed",
        "session.environment",
        "the value of a variable was executed",
        changes=(sh(_CARELESS_SHELL),),
    ),
    Mutant(
        "services",
        "a page of any origin gets a kernel",
        "jupyter.kernel",
        "any origin can open a kernel's websocket",
        edits=(jupyter("--ServerApp.allow_origin=*"),),
    ),
    Mutant(
        "kernels",
        "the kernel is not /opt/venv's",
        "jupyter.kernel",
        "the cell printed .*/opt/jupyter/bin/python",
        edits=(
            Edit("/opt/jupyter/share/jupyter/kernels/python3/kernel.json", "/opt/venv/", "/opt/jupyter/"),
        ),
    ),
    Mutant(
        "kernels",
        "kernels with ports",
        "jupyter.kernel",
        "the cell printed .* tcp 42",
        edits=(jupyter("--KernelManager.transport=tcp"),),
    ),
    Mutant(
        "debugged",
        "a kernel without the node's launcher",
        "jupyter.debugger",
        r"with the debugger on, peers reach .*tcp 127\.0\.0\.1:\d+ \(.*debugpy",
        edits=(
            Edit(
                "/opt/jupyter/share/jupyter/kernels/python3/kernel.json",
                '"/opt/tailbox/lib/kernel/ipykernel_launcher.py"',
                '"-m", "ipykernel_launcher"',
            ),
        ),
    ),
    Mutant(
        "services",
        "Jupyter under any name",
        "jupyter.token",
        "under a foreign Host answers 200, not 403",
        edits=(jupyter("--ServerApp.allow_remote_access=True"),),
    ),
    Mutant(
        "sessions",
        "Jupyter with another token",
        "jupyter.token",
        "with its token answers 403, not 200",
        edits=(jupyter("--IdentityProvider.token=another"),),
    ),
    Mutant(
        "contents",
        "the token in the log",
        "jupyter.token",
        "the token is in the node's log",
        changes=(sh("nodectl url >/proc/1/fd/1"),),
    ),
    Mutant(
        "services",
        "passwords",
        "ssh.sshd",
        "sshd offers root more than keys: .*password",
        edits=(Edit(f"{ETC}/sshd_config", "PasswordAuthentication no", "PasswordAuthentication yes"),),
    ),
    Mutant(
        "ports",
        "the key does not arrive",
        "ssh.sshd",
        "sshd refuses root",
        edits=(Edit(f"{ETC}/sshd_config", "AuthorizedKeysFile /run", "AuthorizedKeysFile /nowhere"),),
    ),
    Mutant(
        "back ends",
        "another host key",
        "ssh.sshd",
        "sshd shows host key SHA256:.*; known are SHA256:",
        edits=(
            Edit(
                f"{ETC}/sshd_config",
                "HostKey /run/tailbox/state/ssh_host_ed25519_key",
                "HostKey /run/other_key",
            ),
            Edit(
                f"{SERVICES}/sshd/run",
                "set -- -D",
                "ssh-keygen -q -t ed25519 -N '' -f /run/other_key\nset -- -D",
            ),
        ),
    ),
    Mutant(
        "services",
        "no terminals",
        "ssh.terminal",
        "sshd gives no terminal",
        edits=sshd("UsePAM no", "UsePAM no\nPermitTTY no"),
    ),
    Mutant(
        "services",
        "no sftp",
        "ssh.files",
        "sshd has no sftp",
        edits=sshd("Subsystem sftp", "Subsystem other"),
    ),
    Mutant(
        "sessions",
        "no files in",
        "ssh.files",
        "sftp through sshd fails: .*Permission denied",
        edits=sshd("internal-sftp", "internal-sftp -R"),
    ),
    Mutant(
        "services",
        "no forwarding",
        "ssh.forwarding",
        "4 of 4 connections forwarded through sshd fail: .*dministratively prohibited",
        edits=sshd("AllowTcpForwarding yes", "AllowTcpForwarding no"),
    ),
    Mutant(
        "services",
        "no agent",
        "ssh.agent",
        "through sshd, `ssh-add -L` says 'Could not open a connection",
        edits=sshd("AllowAgentForwarding yes", "AllowAgentForwarding no"),
    ),
    Mutant(
        "contents",
        "no getconf",
        "vscode.probe",
        "VS Code as root through sshd misses getconf",
        changes=(("rm", "/usr/bin/getconf"),),
    ),
    Mutant(
        "kernels",
        "stdin swallowed",
        "vscode.probe",
        "VS Code as root through sshd gets",
        changes=(sh(_SWALLOWING_SHELL),),
    ),
    Mutant(
        "contents",
        "a name that should be unknown",
        "ssh.tailscale",
        "Tailscale SSH admits a user that does not exist",
        changes=(("useradd", "no-such-user"),),
    ),
    Mutant(
        "back ends",
        "Tailscale SSH off",
        "ssh.tailscale",
        "no SSH server answers on tailnet port 22",
        changes=(("tailscale", "set", "--ssh=false"),),
    ),
)
