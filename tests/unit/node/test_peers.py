"""The hosts that ssh in the node reaches through the tailnet."""

import json

import pytest
from node.tailnet import localapi, peers

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
def test_other_hosts_are_no_peers(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(localapi, "status", lambda _paths: STATUS)
    assert peers.main([host]) == 1


def test_without_tailscaled_no_host_is_a_peer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(localapi, "status", lambda _paths: {})
    assert peers.main(["db"]) == 1
