"""Lay out the service directories: s6 writes into them, so those that are enabled are copied to /run."""

from collections.abc import Iterator

from node import files
from node.contract.contract import Contract
from node.contract.values import Forward
from node.paths import Paths


def lay_out(contract: Contract, paths: Paths) -> None:
    """Fill the scan directory. Errors: OSError."""
    for name in enabled(contract):
        copy_service(name, name, paths)
    for forward in contract.open_forwards:
        directory = copy_service("forward", forward_name(forward), paths)
        files.write(f"{directory}/data/forward", " ".join(map(str, forward)) + "\n")
    if gateway := contract.open_gateway:
        directory = copy_service("gateway", "gateway", paths)
        files.write(f"{directory}/data/gateway", f"{gateway.port} {gateway.local}\n")
    files.copy_tree(f"{paths.opt}/svscan", f"{paths.services}/.s6-svscan")


def enabled(contract: Contract) -> Iterator[str]:
    """Yield the services of this node, except forwards and gateway."""
    yield "tailscaled"
    yield "join"
    if contract.ssh.sshd:
        yield "sshd"
    if contract.jupyter:
        yield "jupyter"


def forward_name(forward: Forward) -> str:
    """Return the name of a forward's service: `forward-5432`, `forward-udp-53`."""
    return f"forward-{'udp-' if forward.protocol == 'udp' else ''}{forward.port}"


def copy_service(kind: str, name: str, paths: Paths) -> str:
    """Copy what every service has and what this kind has; return the service's directory."""
    directory = f"{paths.services}/{name}"
    for source in ("every", kind):
        files.copy_tree(f"{paths.opt}/services/{source}", directory)
    return directory
