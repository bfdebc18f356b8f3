"""Service directories: the enabled ones are copied where s6 may write beside them."""

from collections.abc import Iterator

from node import files
from node.contract import Contract
from node.paths import Paths
from node.values import Forward


def enabled(contract: Contract) -> Iterator[str]:
    """The services of this run, forwards and gateway apart."""
    yield "tailscaled"
    yield "join"
    if contract.sshd:
        yield "sshd"
    if contract.jupyter:
        yield "jupyter"


def lay_out(contract: Contract, paths: Paths) -> None:
    """Fill the scan directory. Errors: OSError."""
    for name in enabled(contract):
        files.copy_tree(f"{paths.opt}/services/{name}", f"{paths.services}/{name}")
    for forward in contract.forwards:
        lay_out_forward(forward, paths)
    if gateway := contract.open_gateway:
        directory = f"{paths.services}/gateway"
        files.copy_tree(f"{paths.opt}/services/gateway", directory)
        files.write(f"{directory}/data/gateway", f"{gateway.port} {gateway.local}\n")
    files.copy_tree(f"{paths.opt}/svscan", f"{paths.services}/.s6-svscan")


def lay_out_forward(forward: Forward, paths: Paths) -> None:
    """One relay service for each declared forward."""
    directory = f"{paths.services}/forward-{forward.port}"
    files.copy_tree(f"{paths.opt}/services/forward", directory)
    files.write(f"{directory}/data/forward", f"{forward.port} {forward.host} {forward.host_port}\n")
