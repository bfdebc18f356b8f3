"""Send tests that share a node, a registry or a tailnet to one worker.

pytest-xdist 3.8 has `--dist loadgroup` for this, which does nothing under pytest 9: it writes group names to
an attribute that pytest no longer reads.
"""

from __future__ import annotations

import pytest
from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

# Modules whose tests share something that is slow to make.
SHARING = {
    "attest",
    "dockerfiles",
    "jupyter",
    "kill",
    "mutants",
    "outbound",
    "own",
    "proof",
    "push",
    "vscode",
}


class Groups(LoadScopeScheduling):  # type: ignore[misc]
    """Schedules a sharing module as a whole, or by the part of a test's id before ` | `."""

    def _split_scope(self, nodeid: str) -> str:
        path, _, test = nodeid.partition("::")
        folder, _, module = path.removesuffix(".py").rpartition("/test_")
        if "/unit" in folder or module not in SHARING:
            return nodeid
        return f"{path}::{test.partition(' | ')[0]}" if " | " in test else path


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> Groups:
    """Replace the scheduler of `--dist`."""
    return Groups(config, log)
