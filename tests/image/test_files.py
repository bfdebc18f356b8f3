"""A file of the size of a small data set goes to a node and back, through each SSH back end."""

from __future__ import annotations

from builder.prove.checks import depth
from builder.prove.lab import Lab


def test_200_mib_there_and_back(lab: Lab) -> None:
    assert depth.files(lab, size=200 << 20).endswith("200 MiB by sftp there and back, checksums right")
