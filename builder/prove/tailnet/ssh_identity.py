"""A developer's SSH key, made for one proof."""

from __future__ import annotations

import io
from dataclasses import dataclass

import paramiko
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


@dataclass(frozen=True)
class Identity:
    """An ed25519 key pair that never touches a disk."""

    key: paramiko.PKey

    @classmethod
    def new(cls) -> Identity:
        pem = Ed25519PrivateKey.generate().private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, serialization.NoEncryption()
        )
        return cls(paramiko.Ed25519Key(file_obj=io.StringIO(pem.decode())))

    @property
    def public_line(self) -> str:
        """Return the line for authorized_keys."""
        return f"{self.key.get_name()} {self.key.get_base64()} developer@proof"
