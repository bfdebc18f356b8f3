"""What the running node must remember of its contract: no secret in it."""

import json
from typing import NamedTuple

from node import files
from node.contract.contract import Contract
from node.contract.ssh_backend import BackEnd
from node.paths import PATHS, Paths


class Settings(NamedTuple):
    """Written at boot; read by the join service, Jupyter and nodectl."""

    hostname: str
    login_server: str
    tags: list[str]
    ssh: BackEnd
    jupyter: bool
    jupyter_port: int
    client_id: str = ""
    audience: str = ""

    @classmethod
    def of(cls, contract: Contract) -> "Settings":
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


def save(settings: Settings, paths: Paths = PATHS) -> None:
    """Readable by all: Jupyter runs as dev."""
    files.write(paths.settings, json.dumps(settings._asdict()))


def load(paths: Paths = PATHS) -> Settings:
    """Errors: OSError where the node has not booted."""
    found = json.loads(files.read(paths.settings))
    return Settings(**found | {"ssh": BackEnd(found["ssh"])})
