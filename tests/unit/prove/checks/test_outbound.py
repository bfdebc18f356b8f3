"""Programs in a node reach the tailnet through the proxy, and not past it."""

from __future__ import annotations

from typing import Any

import pytest

from builder.prove.checks import outbound
from builder.prove.errors import CheckFailedError
from builder.prove.plan import PROXY
from builder.prove.tailnet.member import CompletedCommand
from tests.unit.prove.checks.kit import by_command, done, member, node, subject

FULL, SHORT, PLAIN = "http://server.proof.ts.net:", "http://server:", "--noproxy"
ADDRESS = "{}:{}".format(*PROXY)
ANSWERS = {PLAIN: done("refused", 7), FULL: done("hello"), SHORT: done("hello")}


def socks5(answers: dict[str, CompletedCommand] | None = None, **tailnet: Any) -> str:
    checked = node(member(by_command({**ANSWERS, **(answers or {})})))
    return outbound.socks5(subject(checked, **tailnet))


def test_a_proxy_that_serves_both_names_passes() -> None:
    assert socks5() == (
        f"server.proof.ts.net and server answer through {ADDRESS}; a plain socket to 100.64.0.8 fails"
    )


def test_a_plain_socket_is_not_tried_where_something_leads_outside() -> None:
    assert socks5({PLAIN: done("hello")}, is_enclosed=False).endswith(f"answer through {ADDRESS}")


@pytest.mark.parametrize(
    ("answers", "message"),
    [
        ({FULL: done("", 7)}, r"server\.proof\.ts\.net:\d+ does not answer through .*: nothing came"),
        ({SHORT: done("curl: (97) no", 97)}, r"^server:\d+ does not answer through .*: curl: \(97\) no"),
        ({FULL: done("a router's page")}, r"server\.proof\.ts\.net:\d+ does not answer .*: a router's page"),
        ({PLAIN: done("hello")}, r"a plain socket reached 100\.64\.0\.8:\d+ without the proxy"),
    ],
    ids=["no proxy", "short name unknown", "another answer", "past the proxy"],
)
def test_a_proxy_that_does_not_serve_fails(answers: dict[str, CompletedCommand], message: str) -> None:
    with pytest.raises(CheckFailedError, match=message):
        socks5(answers)
