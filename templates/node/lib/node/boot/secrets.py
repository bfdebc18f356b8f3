"""What the node proves itself with until it has joined, and Jupyter's token, kept as long as the disk."""

import os

from node import files
from node.contract.contract import Contract
from node.paths import Paths

TOKEN_BYTES = 24


def store(contract: Contract, dev: tuple[int, int], paths: Paths) -> None:
    """Put the key where the join service reads it, and Jupyter's secrets where `dev` (uid, gid) does.

    The files are root's, for dev's group: root without CAP_DAC_OVERRIDE reads only what it owns.
    """
    identity = contract.identity
    for path, secret in (
        (paths.key, identity.key),
        (paths.id_token, identity.id_token),
        (paths.key_command, identity.command),
    ):
        if secret:
            files.write(path, secret, 0o600)
    if contract.jupyter:
        given = contract.jupyter_token or files.read_or(paths.token) or os.urandom(TOKEN_BYTES).hex()
        files.write(paths.token, given, 0o440, (0, dev[1]))
    if contract.jupyter and contract.jupyter_password:
        files.write(paths.password, hashed(contract.jupyter_password), 0o440, (0, dev[1]))
    elif os.path.exists(paths.password):
        os.unlink(paths.password)


def hashed(password: str) -> str:
    """A password as jupyter_server.auth.security.passwd_check reads it: algorithm:salt:digest."""
    import hashlib  # 4 ms, needed with JUPYTER_PASSWORD only

    salt = os.urandom(6).hex()
    digest = hashlib.sha512(password.encode("utf-8", "surrogateescape") + salt.encode("ascii")).hexdigest()
    return f"sha512:{salt}:{digest}"
