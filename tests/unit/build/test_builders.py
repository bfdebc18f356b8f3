"""Which builder is asked for what: names, endpoints, and the cache that each can read or fill."""

from __future__ import annotations

import subprocess

import pytest

from builder.build.bake import output
from builder.build.builders import LOCAL, Builder, open_builder
from builder.core import console
from builder.core.errors import InvalidInputError, TailboxError
from tests.kit.engine import fake_engine


def test_each_target_has_its_own_place_in_the_cache() -> None:
    options = Builder("far", "r.example/you/cache").options(["a", "b"], fake_engine(store="overlay2"))
    assert options[:2] == ["--builder", "far"]
    assert "a.cache-from=type=registry,ref=r.example/you/cache:a" in options
    filled = [option for option in options if option.startswith("b.cache-to=")]
    assert len(filled) == 1
    assert "ref=r.example/you/cache:b," in filled[0]
    assert "mode=max" in filled[0]


def test_an_engine_that_cannot_fill_a_cache_reads_it_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr(console, "note", said.append)
    options = Builder(None, "r.example/cache").options(["a"], fake_engine(store="overlay2"))
    assert options == ["--set", "a.cache-from=type=registry,ref=r.example/cache:a"]
    assert "cannot fill it: name a --builder" in said[0]
    filled = Builder(None, "r.example/cache").options(["a"], fake_engine(store="containerd"))
    assert any("cache-to" in option for option in filled)


def test_the_own_builder_without_a_cache_is_told_nothing() -> None:
    assert LOCAL.options(["a"], fake_engine(store="overlay2")) == []


@pytest.mark.parametrize("cache", ["r.example/cache:tag", "https://r.example/cache", "r.example/Cache"])
def test_what_is_no_repository_is_refused(cache: str) -> None:
    with pytest.raises(InvalidInputError, match="is no repository"), open_builder("far", cache):
        pass


def test_a_port_is_no_tag() -> None:
    with open_builder("far", "127.0.0.1:5000/cache") as chosen:
        assert chosen == Builder("far", "127.0.0.1:5000/cache")


def test_an_endpoint_becomes_a_builder_that_is_forgotten_afterwards(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[list[str]] = []

    def run(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        calls.append(command)
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(subprocess, "run", run)
    with open_builder("tcp://10.0.0.2:1234", None) as chosen:
        assert calls[0][-1] == "tcp://10.0.0.2:1234"
    assert calls[-1] == ["docker", "buildx", "rm", chosen.name]


def test_an_endpoint_that_buildx_refuses_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    refused = subprocess.CompletedProcess([], 1, "", "unsupported scheme")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: refused)
    with pytest.raises(TailboxError, match="unsupported scheme"), open_builder("x://y", None):
        pass


def test_only_a_containerd_store_is_told_how_to_compress() -> None:
    assert output(fake_engine(store="containerd")) == ["--set", "*.output=type=image,compression=zstd"]
    assert output(fake_engine(store="overlay2")) == ["--set", "*.output=type=docker"]
    assert output(fake_engine(store="containerd"), Builder("far")) == ["--set", "*.output=type=docker"]
