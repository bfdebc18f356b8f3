"""Whom ssh of the node reaches through the tailnet."""

import json

import pytest
from node.tailnet import localapi, peers

pytestmark = pytest.mark.unit

STATUS = {
    "Self": {"DNSName": "box.tail.test.", "TailscaleIPs": ["100.64.0.1"]},
    "Peer": {
        "nodekey:a": {"DNSName": "DB.tail.test.", "TailscaleIPs": ["100.64.0.2", "fd7a::2"]},
        "nodekey:b": {"DNSName": "", "TailscaleIPs": None},
    },
}


@pytest.mark.parametrize("host", ["db", "Db", "db.tail.test", "db.tail.test.", "100.64.0.2", "fd7a::2"])
def test_peers_by_name_and_address(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(localapi, "status", lambda _paths: json.loads(json.dumps(STATUS)))
    assert peers.main([host]) == 0


@pytest.mark.parametrize("host", ["box", "100.64.0.1", "github.com", "db.example.com", "", "192.0.2.1"])
def test_others(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(localapi, "status", lambda _paths: STATUS)
    assert peers.main([host]) == 1


def test_without_a_daemon_nobody_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(localapi, "status", lambda _paths: {})
    assert peers.main(["db"]) == 1
