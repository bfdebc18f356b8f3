"""Service directories: the enabled ones are copied where s6 may write, over what all have."""

from collections.abc import Iterator

from node import files
from node.contract.contract import Contract
from node.contract.values import Forward
from node.paths import Paths


def enabled(contract: Contract) -> Iterator[str]:
    """The services of this run, forwards and gateway apart."""
    yield "tailscaled"
    yield "join"
    if contract.ssh.sshd:
        yield "sshd"
    if contract.jupyter:
        yield "jupyter"


def lay_out(contract: Contract, paths: Paths) -> None:
    """Fill the scan directory. Errors: OSError."""
    for name in enabled(contract):
        lay_out_one(name, name, paths)
    for forward in contract.forwards:
        lay_out_forward(forward, paths)
    if gateway := contract.open_gateway:
        directory = lay_out_one("gateway", "gateway", paths)
        files.write(f"{directory}/data/gateway", f"{gateway.port} {gateway.local}\n")
    files.copy_tree(f"{paths.opt}/svscan", f"{paths.services}/.s6-svscan")


def lay_out_one(kind: str, name: str, paths: Paths) -> str:
    """A service of this kind; its directory."""
    directory = f"{paths.services}/{name}"
    for source in ("every", kind):
        files.copy_tree(f"{paths.opt}/services/{source}", directory)
    return directory


def lay_out_forward(forward: Forward, paths: Paths) -> None:
    """One relay service for each declared forward: `forward-5432`, `forward-udp-53`."""
    name = "-".join(["forward", *(["udp"] if forward.protocol == "udp" else []), str(forward.port)])
    directory = lay_out_one("forward", name, paths)
    files.write(f"{directory}/data/forward", " ".join(map(str, forward)) + "\n")
