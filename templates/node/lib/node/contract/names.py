"""The node's name: a DNS label that people can use and that still tells the machine."""

import zlib
from collections.abc import Mapping

LABEL_LENGTH = 63  # RFC 1035
ID_LENGTH = 8
SHORT_ID = 16  # an id of up to this many characters is kept whole
HEX = frozenset("0123456789abcdef")
ALLOWED = frozenset("abcdefghijklmnopqrstuvwxyz0123456789")


def label(text: str) -> str:
    """`text` as a DNS label: lower case, other characters as single hyphens, at most 63; may be empty."""
    kept = "".join(c if c in ALLOWED else "-" for c in text.lower())
    return "-".join(part for part in kept.split("-") if part)[:LABEL_LENGTH].rstrip("-")


def machine_id(text: str) -> str:
    """A machine's id for its name: the first 8 hex digits of a UUID or a long hex id, a short id as it is.

    Anything longer becomes 8 hex digits of its CRC, the same at each boot.
    """
    digits = text.lower().replace("-", "")
    if len(digits) >= SHORT_ID and HEX.issuperset(digits):
        return digits[:ID_LENGTH]
    short = label(text)
    if short and len(text) <= SHORT_ID:
        return short
    return crc(text)


def joined(stem: str, tail: str) -> str:
    """`stem-tail` as one label; a long stem is cut, the tail never."""
    head = label(stem)[: LABEL_LENGTH - len(tail) - 1].rstrip("-") or "node"
    return f"{head}-{tail}"


def node_name(environ: Mapping[str, str], hostname: str) -> str:
    """The default name of a node, from the platform's variables, else from the container's `hostname`.

    Salad's HOSTNAME means three different things, so the SALAD_* variables come first. Vast numbers its
    containers, RunPod and Modal give ids, a Kubernetes pod has its name as host name.
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
    """A pod's name; one that is no label is cut, and keeps 8 hex digits that tell it from others."""
    return hostname if hostname and label(hostname) == hostname else joined(hostname, crc(hostname))


def container_name(hostname: str) -> str:
    """The given host name, or `tailbox-` and 8 hex digits where an engine made the name up."""
    if len(hostname) >= ID_LENGTH and HEX.issuperset(hostname.lower()):
        return joined("tailbox", hostname[:ID_LENGTH].lower())
    return label(hostname) or joined("tailbox", crc(hostname))


def crc(text: str) -> str:
    """8 hex digits that are the same for the same text."""
    return f"{zlib.crc32(text.encode('utf-8', 'surrogateescape')):08x}"
