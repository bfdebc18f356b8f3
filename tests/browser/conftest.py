"""A browser that is a machine of the tailnet: Chromium in a member's container, driven from here."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from builder.engine.client import Engine
from builder.prove import MemberSources
from builder.prove.tailnet.members_image import build_members_image
from builder.prove.tailnet.port_forward import PortForward
from builder.prove.tailnet.tailnet import Tailnet

_PORT = 9222
_PACKAGES = ("chromium", "fonts-dejavu-core")
_CHROMIUM = [
    "chromium",
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--user-data-dir=/tmp/chromium",
    f"--remote-debugging-port={_PORT}",
    "about:blank",
]


@pytest.fixture(scope="session")
def chromium(engine: Engine, sources: MemberSources, tailnet: Tailnet) -> Iterator[Browser]:
    """Chromium on a machine of the tailnet."""
    image = build_members_image(engine, sources, packages=_PACKAGES)
    member = tailnet.machine("browser", image=image)
    member.container.exec_run(_CHROMIUM, detach=True)
    member.output(["socat", "-u", "/dev/null", f"TCP:127.0.0.1:{_PORT},retry=1200,interval=0.05"])
    with PortForward(member, "127.0.0.1", _PORT) as gate, sync_playwright() as playwright:
        browser = playwright.chromium.connect_over_cdp(gate.url, timeout=120_000)
        yield browser
        browser.close()
    member.remove()
