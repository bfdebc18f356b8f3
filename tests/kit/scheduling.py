"""Send tests that share a node, a registry or a tailnet to one worker.

pytest-xdist 3.8 has `--dist loadgroup` for this, which does nothing under pytest 9: it writes group names to
an attribute that pytest no longer reads.
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
# What takes longest goes first, so that no worker begins with it when the others have nothing left.
FIRST = (
    "proof",
    "mutants",
    "vscode_seed",
    "jupyter",
    "kill",
    "change",
    "own",
    "control",
    "fetched",
    "outside",
)


class Groups(LoadScopeScheduling):  # type: ignore[misc]
    """Hand out modules that share something as a whole, or by what stands before ` | ` in a test's id."""

    def _split_scope(self, nodeid: str) -> str:
        path, _, test = nodeid.partition("::")
        if "/unit/" in path or _module(path) not in SHARING:
            return nodeid
        return f"{path}::{test.partition(' | ')[0]}" if " | " in test else path


def _module(path: str) -> str:
    return path.removesuffix(".py").rpartition("/test_")[2]


def _order(item: pytest.Item) -> tuple[bool, int]:
    """Sort by tier, the unit tests last, and then by what takes longest."""
    path = item.nodeid.partition("::")[0]
    module = _module(path)
    return "/unit/" in path, FIRST.index(module) if module in FIRST else len(FIRST)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest first; tests of a module stay in their order."""
    items.sort(key=_order)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> Groups:
    """Schedule by these groups, whatever `--dist` says, in the order in which they were collected."""
    config.option.loadscopereorder = False
    return Groups(config, log)
