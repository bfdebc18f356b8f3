"""A file of the size of a small data set goes to a node and back, through each SSH back end."""

from __future__ import annotations

import pytest

from builder.prove.checks import ssh_features
from builder.prove.subject import Subject


@pytest.mark.deep
def test_200_mib_there_and_back(lab: Subject) -> None:
    assert ssh_features.files(lab, size=200 << 20).endswith("200 MiB by sftp there and back, checksums right")
