"""The node's name: a DNS label that people can type and that identifies the machine."""

import zlib
from collections.abc import Mapping

LABEL_LENGTH = 63  # RFC 1035
ID_LENGTH = 8
SHORT_ID = 16  # an id of up to this many characters stays whole
HEX = frozenset("0123456789abcdef")
ALLOWED = frozenset("abcdefghijklmnopqrstuvwxyz0123456789")


def label(text: str) -> str:
    """Return `text` as a DNS label: lower case, other characters as single hyphens; it may be empty."""
    hyphenated = "".join(c if c in ALLOWED else "-" for c in text.lower())
    return "-".join(part for part in hyphenated.split("-") if part)[:LABEL_LENGTH].rstrip("-")


def machine_id(text: str) -> str:
    """Return the part of a node's name that identifies its machine.

    It is the first 8 hex digits of a UUID or of another long hex id, and a short id as it is. Any other id
    becomes the 8 hex digits of its CRC, which are the same at each boot.
    """
    digits = text.lower().replace("-", "")
    if len(digits) >= SHORT_ID and HEX.issuperset(digits):
        return digits[:ID_LENGTH]
    short = label(text)
    if short and len(text) <= SHORT_ID:
        return short
    return crc(text)


def joined(stem: str, tail: str) -> str:
    """Return `stem-tail` as one label; a long stem is cut, the tail never."""
    head = label(stem)[: LABEL_LENGTH - len(tail) - 1].rstrip("-") or "node"
    return f"{head}-{tail}"


def node_name(environ: Mapping[str, str], hostname: str) -> str:
    """Return a node's default name, from the platform's variables or from the container's `hostname`.

    The SALAD_* variables come first, because Salad's HOSTNAME has three different meanings. Vast numbers its
    containers, RunPod and Modal give ids, and the host name of a Kubernetes pod is the pod's name.
    """
    if machine := environ.get("SALAD_MACHINE_ID"):
        return joined(environ.get("SALAD_CONTAINER_GROUP_NAME", "salad"), machine_id(machine))
    if pod := environ.get("RUNPOD_POD_ID"):
        return joined("runpod", machine_id(pod))
    if container := environ.get("CONTAINER_ID") or environ.get("VAST_CONTAINERLABEL"):
        return joined("vast", machine_id(container))
    if task := environ.get("MODAL_TASK_ID"):
        return joined("modal", machine_id(task))
    if environ.get("KUBERNETES_SERVICE_HOST"):
        return pod_name(hostname.split(".")[0])
    return container_name(hostname.split(".")[0])


def pod_name(hostname: str) -> str:
    """Return a pod's name; one that is not a label is cut, with 8 hex digits that tell it from others."""
    return hostname if hostname and label(hostname) == hostname else joined(hostname, crc(hostname))


def container_name(hostname: str) -> str:
    """Return the given host name, or `tailbox-` and 8 hex digits where the engine invented the name."""
    if len(hostname) >= ID_LENGTH and HEX.issuperset(hostname.lower()):
        return joined("tailbox", hostname[:ID_LENGTH].lower())
    return label(hostname) or joined("tailbox", crc(hostname))


def crc(text: str) -> str:
    """Return 8 hex digits that are the same for the same text."""
    return f"{zlib.crc32(text.encode('utf-8', 'surrogateescape')):08x}"
