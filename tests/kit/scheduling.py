"""Which tests go to one worker together: those that share a node, a registry or a tailnet of their own.

pytest-xdist 3.8 has `--dist loadgroup` for this, which does nothing under pytest 9: it writes names of groups
into an attribute that pytest no longer reads.
"""

from __future__ import annotations

import pytest
from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

# Modules whose tests share something that takes long to make.
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
    """Hand out modules that share something as a whole, or by what stands before ` | ` in a test's id."""

    def _split_scope(self, nodeid: str) -> str:
        path, _, test = nodeid.partition("::")
        folder, _, module = path.removesuffix(".py").rpartition("/test_")
        if "/unit" in folder or module not in SHARING:
            return nodeid
        return f"{path}::{test.partition(' | ')[0]}" if " | " in test else path


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> Groups:
    """Schedule by these groups, whatever `--dist` says."""
    return Groups(config, log)
