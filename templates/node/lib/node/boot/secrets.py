"""Store the secrets that the node joins with, and those of Jupyter, which last as long as the disk."""

import os

from node import files
from node.contract.contract import Contract
from node.paths import Paths

TOKEN_BYTES = 24


def store(contract: Contract, dev_group: int, paths: Paths) -> None:
    """Write the proofs for the join service, and Jupyter's secrets for dev. Errors: OSError.

    Jupyter's files belong to root and dev's group: root without CAP_DAC_OVERRIDE reads only its own files.
    """
    proof = contract.identity
    for path, secret in (
        (paths.key, proof.key),
        (paths.id_token, proof.id_token),
        (paths.key_command, proof.command),
    ):
        if secret:
            files.write(path, secret, 0o600)
    if contract.jupyter:
        token = contract.jupyter_token or files.read_or(paths.token) or os.urandom(TOKEN_BYTES).hex()
        files.write(paths.token, token, 0o440, (0, dev_group))
    if contract.jupyter and contract.jupyter_password:
        files.write(paths.password, hashed(contract.jupyter_password), 0o440, (0, dev_group))
    elif os.path.exists(paths.password):
        os.unlink(paths.password)


def hashed(password: str) -> str:
    """Return algorithm:salt:digest, as jupyter_server.auth.security.passwd_check reads it."""
    import hashlib  # costs 4 ms, and only JUPYTER_PASSWORD needs it

    salt = os.urandom(6).hex()
    digest = hashlib.sha512(password.encode("utf-8", "surrogateescape") + salt.encode("ascii")).hexdigest()
    return f"sha512:{salt}:{digest}"
