"""A person opens JupyterLab by the node's MagicDNS name, works, comes back, and nobody else gets in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from builder.pipeline.build import Built
from builder.pipeline.prove import picture_folder
from builder.prove.plan import JUPYTER_PORT
from builder.prove.subject import Subject
from builder.prove.tailnet.tailnet import GREETING_PORT

_MS = 180_000
_FROM_TERMINAL = "/workspace/from-terminal"
_FETCH = "url => fetch(url, {credentials: 'include'}).then(r => `got ${r.status}`, e => `refused: ${e.name}`)"
_SOCKET = """url => new Promise(done => {
    const socket = new WebSocket(url);
    socket.onopen = () => done("opened");
    socket.onerror = () => done("refused");
})"""


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """A page of a browser that was never here."""
    context = chromium.new_context(viewport={"width": 1280, "height": 800})
    context.set_default_timeout(_MS)
    context.set_default_navigation_timeout(_MS)
    yield context.new_page()
    context.close()


@pytest.fixture(scope="module")
def shots(built_base: Built) -> Path:
    """Where the report takes its pictures from."""
    folder = picture_folder(built_base)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def address(lab: Subject, path: str = "/lab", host: str = "") -> str:
    """Of JupyterLab, by the node's MagicDNS name."""
    return f"http://{host or lab.name}:{JUPYTER_PORT}{path}"


def enter(page: Page, lab: Subject) -> None:
    """Follow the link with the token until the launcher shows."""
    page.goto(address(lab, f"/lab?token={lab.node.url.jupyter_token}&reset"))
    card = page.locator('.jp-LauncherCard[data-category="Notebook"]').first
    expect(card).to_be_visible(timeout=_MS)


def test_a_stranger_gets_the_login_page(page: Page, lab: Subject, shots: Path) -> None:
    page.goto(address(lab))
    expect(page.locator("#password_input")).to_be_visible(timeout=_MS)
    page.screenshot(path=shots / "1-login-without-token.png")


def test_a_person_works_and_comes_back(page: Page, lab: Subject, shots: Path) -> None:
    enter(page, lab)
    page.screenshot(path=shots / "2-launcher.png")
    page.locator('.jp-LauncherCard[data-category="Notebook"]').first.click()
    # Before it has its kernel, JupyterLab takes "run this cell" and does nothing.
    expect(page.get_by_text("Python 3 | Idle")).to_be_visible(timeout=_MS)
    page.locator(".jp-Notebook .cm-content").first.click()
    page.keyboard.type("import os, sys; print(sys.prefix, os.environ['PROOF_PLAIN'], 6 * 7)")
    page.keyboard.press("Shift+Enter")
    expect(page.locator(".jp-OutputArea-output").first).to_contain_text("/opt/venv plain 42", timeout=_MS)
    page.keyboard.press("Control+s")
    # The first save asks for a name; unanswered, the notebook stays unsaved until JupyterLab saves by itself.
    page.get_by_role("button", name="Rename and Save").click()
    expect(page.locator(".lm-TabBar-tab.jp-mod-dirty")).to_have_count(0, timeout=_MS)
    page.screenshot(path=shots / "3-notebook.png")
    page.reload()
    assert page.locator("#password_input").count() == 0
    expect(page.locator(".jp-OutputArea-output").first).to_contain_text("/opt/venv plain 42", timeout=_MS)
    expect(page.locator("#jupyterlab-splash")).to_have_count(0, timeout=_MS)
    assert page.get_by_text("official Jupyter news").count() == 0, (
        "the first thing a person sees is a question"
    )
    page.screenshot(path=shots / "4-after-reload.png")


def test_a_terminal_has_the_environment(page: Page, lab: Subject, shots: Path) -> None:
    enter(page, lab)
    page.locator('.jp-LauncherCard[title*="erminal"]').first.click()
    page.locator(".jp-Terminal .xterm").click()
    page.keyboard.type(
        f'echo "$PROOF_PLAIN" | tee {_FROM_TERMINAL}.new && mv {_FROM_TERMINAL}.new {_FROM_TERMINAL}\n'
    )
    waiting = f"until [ -e {_FROM_TERMINAL} ]; do sleep 0.1; done; cat {_FROM_TERMINAL}"
    assert lab.node.member.output(["timeout", "100", "sh", "-c", waiting]) == b"plain\n"
    page.screenshot(path=shots / "5-terminal.png")


def test_another_name_is_refused(page: Page, lab: Subject) -> None:
    number = lab.listed.address(4)
    answer = page.goto(address(lab, f"/lab?token={lab.node.url.jupyter_token}", number))
    assert answer is not None
    assert answer.status == 403


def test_a_page_of_another_origin_is_refused(page: Page, lab: Subject) -> None:
    enter(page, lab)  # the browser now has the cookie
    page.goto(f"http://server:{GREETING_PORT}/")
    assert page.evaluate(_FETCH, address(lab, "/api/kernels")) == "refused: TypeError"
    socket = address(lab, "/terminals/websocket/1").replace("http:", "ws:")
    assert page.evaluate(_SOCKET, socket) == "refused"


def test_the_same_token_after_jupyter_was_killed(page: Page, lab: Subject) -> None:
    service = "/run/tailbox/services/jupyter"
    before = lab.node.nodectl_json("status")["services"]["jupyter"]["pid"]
    lab.node.member.output(["s6-svc", "-wR", "-T", "100000", "-k", service])
    assert lab.node.nodectl_json("status")["services"]["jupyter"]["pid"] != before
    enter(page, lab)
