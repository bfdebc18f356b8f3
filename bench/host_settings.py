"""The settings of this host for an image that a test builds."""

from __future__ import annotations

from pathlib import Path

from builder.render.bake_file import host_secrets

# What a RUN step of a test's Dockerfile mounts of them.
SECRETS = " ".join(
    f"--mount=type=secret,id=host-{name},target=/run/host/{file}"
    for name, file in (("env", "env"), ("ca", "ca.pem"), ("apt", "apt.conf"), ("sources", "sources.list"))
)


def secret_flags(host: Path | None) -> list[str]:
    """The same secrets that a target's build gets: mirrors, proxies and the CA of this host."""
    if host is None:
        return []
    return [part for secret in host_secrets(str(host)) for part in ("--secret", secret)]
