"""What a push tells: where it goes, why it failed, and a registry that holds something else."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable

import pytest
from docker.errors import DockerException, ImageNotFound
from requests.exceptions import ConnectionError as Unreachable
from urllib3.exceptions import ProtocolError

from builder.core.errors import InvalidInputError
from builder.core.reference import Reference
from builder.registry import push
from builder.registry.push import PushError
from tests.kit.engine import FakeImages, fake_engine

LOCAL = Reference("base", "py3")
THERE = Reference("x", "1", "r")
RAW = json.dumps({"config": {"digest": "sha256:config"}, "layers": []}).encode()
DIGEST = f"sha256:{hashlib.sha256(RAW).hexdigest()}"


@pytest.mark.parametrize(
    "registry",
    ["ghcr.io/you", "you", "localhost:5000", "localhost", "[::1]:5000/a", "r.example:1/a/b_c/d__e/f--g/h.i"],
)
def test_the_name_in_the_registry_is_the_target_and_its_contents(registry: str) -> None:
    assert str(push.destination(LOCAL, f"{registry}/")) == f"{registry}/base:py3"


@pytest.mark.parametrize(
    "registry",
    [
        "https://ghcr.io/you",
        "ghcr.io/You",
        "",
        "/",
        "a b",
        "ghcr.io/you:1",
        "ghcr.io/a//b",
        "a//b",
        "ghcr.io/ü",
        "ü",
        "ghcr.io/-you",
        "ghcr.io/you_",
        "ghcr.io/a..b",
        "ghcr.io/a___b",
        "-r.example/you",
        "r.example:/you",
        "r.example:x/you",
        "r..example/you",
        "r_x.example/you",
        "you_",
        "ghcr.io/you@sha256",
        "ghcr.io/you\n",
        f"ghcr.io/{'y' * 250}",
    ],
)
def test_what_is_no_registry_is_refused(registry: str) -> None:
    with pytest.raises(InvalidInputError, match="is no registry"):
        push.destination(LOCAL, registry)


def test_the_right_bytes_of_the_right_image_pass_in_either_store() -> None:
    push.check(RAW, DIGEST, "sha256:config", THERE)
    push.check(RAW, DIGEST, DIGEST, THERE)


def test_other_bytes_under_the_digest_are_caught() -> None:
    with pytest.raises(PushError, match="the registry holds sha256:"):
        push.check(RAW + b" ", DIGEST, "sha256:config", THERE)


def test_another_image_in_the_registry_is_caught() -> None:
    with pytest.raises(PushError, match="is not the image sha256:mine"):
        push.check(RAW, DIGEST, "sha256:mine", THERE)


def test_an_error_of_the_registry_is_passed_on_with_its_remedy() -> None:
    with pytest.raises(PushError, match=r"docker login r\.example"):
        push._follow([{"error": "unauthorized: authentication required"}], "r.example/x")
    with pytest.raises(PushError, match="then repeat: layers that have arrived"):
        push._follow([{"error": "connection refused"}], "r.example/x")


def test_a_push_that_ends_without_a_digest_is_no_push() -> None:
    with pytest.raises(PushError, match="reported no digest"):
        push._follow([{"status": "Pushed", "id": "a"}], "r.example/x")


@pytest.mark.parametrize("repository", ["you/base", "docker.io/you/base"])
def test_docker_hub_is_logged_in_to_without_a_host(repository: str) -> None:
    with pytest.raises(PushError, match=r"^Docker Hub did not take the image") as caught:
        push._follow([{"error": "denied: requested access to the resource is denied"}], repository)
    assert f"do: docker login, with an account that may push to {repository}" in str(caught.value)


NAME, VERSION = "ghcr.io/you/base", "py3"


def _store(sending: Callable[[], object], ident: str = "sha256:config") -> FakeImages:
    """Images of which one is to be pushed, and what the push gives."""
    return FakeImages({ident: ["tailbox/base:py3"]}, sending=sending)


def _pushed(store: FakeImages, monkeypatch: pytest.MonkeyPatch, raw: bytes = RAW) -> None:
    monkeypatch.setattr(push, "manifest", lambda *_: raw)
    push.push(LOCAL, "ghcr.io/you", fake_engine(images=store))


def _arrives() -> object:
    return [{"aux": {"Digest": DIGEST}}]


def _raises(error: Exception) -> Callable[[], object]:
    def fail() -> object:
        raise error

    return fail


def test_a_tag_that_was_not_there_is_gone_after_the_push(monkeypatch: pytest.MonkeyPatch) -> None:
    store = _store(_arrives)
    _pushed(store, monkeypatch)
    assert list(store.tags.values()) == [["tailbox/base:py3"]]


@pytest.mark.parametrize(
    ("raw", "image", "message"),
    [
        (RAW + b" ", "sha256:config", "the registry holds sha256:"),
        (RAW, "sha256:another", "is not the image sha256:another"),
    ],
    ids=["other bytes", "another image"],
)
def test_a_push_is_verified_by_what_the_registry_holds(
    raw: bytes, image: str, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = _store(_arrives, image)
    with pytest.raises(PushError, match=message):
        _pushed(store, monkeypatch, raw)
    assert list(store.tags.values()) == [["tailbox/base:py3"]]


@pytest.mark.parametrize("fails", [False, True])
def test_a_tag_of_the_users_own_is_put_back(fails: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    store = _store(_raises(Unreachable("refused")) if fails else _arrives)
    store.tags["sha256:mine"] = [f"{NAME}:{VERSION}"]
    if fails:
        with pytest.raises(PushError):
            _pushed(store, monkeypatch)
    else:
        _pushed(store, monkeypatch)
    assert store.tags["sha256:mine"] == [f"{NAME}:{VERSION}"]


@pytest.mark.parametrize("error", [ImageNotFound("gone"), Unreachable("the engine is gone")])
def test_a_tag_that_cannot_be_removed_hides_no_error(
    error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = _store(_raises(Unreachable("refused")))
    monkeypatch.setattr(store, "remove", lambda _: _raises(error)())
    with pytest.raises(PushError, match=r"ghcr\.io did not take the image: refused"):
        _pushed(store, monkeypatch)


def test_an_engine_that_dies_in_mid_push_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    store = _store(_raises(ProtocolError("Response ended prematurely")))
    with pytest.raises(PushError, match="Response ended prematurely"):
        _pushed(store, monkeypatch)


@pytest.mark.parametrize(
    "reason",
    [
        "docker-credential-pass not installed or not available in PATH",
        'Credentials store docker-credential-pass exited with "pass is locked".',
    ],
)
def test_a_credential_helper_that_is_missing_or_locked_is_named(
    reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = _store(_raises(DockerException(f"Credentials store error: StoreError({reason!r})")))
    with pytest.raises(PushError) as caught:
        _pushed(store, monkeypatch)
    assert reason in str(caught.value)
    assert "do: install or unlock docker-credential-pass, or take it out of Docker's config.json" in str(
        caught.value
    )
    assert "docker login ghcr.io" in str(caught.value)
