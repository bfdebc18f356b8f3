"""Fail a run that leaves anything in the engine, and remove it.

Each container, network and image of a test carries the labels of the process that made it. Killed processes
leave theirs; the end of the run removes them, and fails if one of its own workers left any.
"""

from __future__ import annotations

import os
from collections.abc import Generator

import pytest
from docker import DockerClient

from builder.engine import owners
from builder.engine.client import connect
from builder.prove.tailnet import run_labels

NEEDS_ENGINE = {"engine", "tailnet", "faults", "browser"}
_PIDS: pytest.StashKey[set[int]] = pytest.StashKey()
_LEFT: pytest.StashKey[list[str]] = pytest.StashKey()


def remove_left(client: DockerClient, pid: int) -> list[str]:
    """Remove the containers, networks, images and builders of a process, and return their names."""
    filters: dict[str, str | list[str] | bool] = {"label": f"{owners.PID}={pid}"}
    containers = client.containers.list(all=True, filters=filters, ignore_removed=True)
    networks, images = client.networks.list(filters=filters), client.images.list(filters=filters)
    builders = client.containers.list(
        all=True, filters={"name": f"buildx_buildkit_tailbox-{pid}-"}, ignore_removed=True
    )
    for container in (*containers, *builders):
        container.remove(force=True, v=True)
    for network in networks:
        network.remove()
    for image in images:
        client.images.remove(str(image.id), force=True)
    return [
        *(f"container {container.name}" for container in (*containers, *builders)),
        *(f"network {network.name}" for network in networks),
        *(f"image {image.id} {image.tags}" for image in images),
    ]


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_PIDS] = set[int]()
    config.stash[_LEFT] = []
    config.pluginmanager.register(Workers(config.stash[_PIDS]), "tailbox-workers")


class Workers:
    """Learns from the reports which processes run tests that need the engine."""

    def __init__(self, pids: set[int]) -> None:
        self._pids = pids

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Add the process to the report; xdist carries it from the worker to the run's own process."""
        report = yield
        if NEEDS_ENGINE & {mark.name for mark in item.iter_markers()}:
            report.pid = os.getpid()  # type: ignore[attr-defined]
        return report

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._pids |= {getattr(report, "pid", 0)} - {0}


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Once the workers have ended, remove what they left, and fail if there was anything."""
    config = session.config
    if hasattr(config, "workerinput") or not config.stash[_PIDS]:
        return
    client, pids = connect().client, config.stash[_PIDS]
    config.stash[_LEFT] += [name for pid in pids for name in remove_left(client, pid)]
    run_labels.sweep(client)
    if config.stash[_LEFT] and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    for name in config.stash[_LEFT]:
        terminalreporter.write_line(f"ERROR left in the engine: {name}", red=True)
