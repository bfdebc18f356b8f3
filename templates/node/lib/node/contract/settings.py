"""The part of the contract that the running node reads; it holds no secret."""

import json
from typing import NamedTuple

from node import files
from node.contract.contract import Contract
from node.contract.ssh_backend import SshBackend
from node.paths import PATHS, Paths


class Settings(NamedTuple):
    """Written at boot; read by the join service, Jupyter and nodectl."""

    hostname: str
    login_server: str
    tags: list[str]
    ssh: SshBackend
    jupyter: bool
    jupyter_port: int
    client_id: str = ""
    audience: str = ""

    @classmethod
    def of(cls, contract: Contract) -> "Settings":
        """Return the settings of this contract."""
        return cls(
            hostname=contract.hostname,
            login_server=contract.login_server,
            tags=list(contract.tags),
            ssh=contract.ssh,
            jupyter=contract.jupyter,
            jupyter_port=contract.jupyter_port,
            client_id=contract.identity.client_id,
            audience=contract.identity.audience,
        )


def store(settings: Settings, paths: Paths = PATHS) -> None:
    """Write the settings, readable by all: Jupyter runs as dev. Errors: OSError."""
    files.write(paths.settings, json.dumps(settings._asdict()))


def load(paths: Paths = PATHS) -> Settings:
    """Return the settings of this boot. Errors: FileNotFoundError before it."""
    fields = json.loads(files.read(paths.settings))
    return Settings(**fields | {"ssh": SshBackend(fields["ssh"])})
