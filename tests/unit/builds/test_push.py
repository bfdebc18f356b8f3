"""What a push tells: where it goes, why it failed, and a registry that holds something else."""

from __future__ import annotations

import hashlib
import json

import pytest

from builder import push
from builder.errors import InvalidInput
from builder.push import PushFailed

pytestmark = pytest.mark.unit

RAW = json.dumps({"config": {"digest": "sha256:config"}, "layers": []}).encode()
DIGEST = f"sha256:{hashlib.sha256(RAW).hexdigest()}"


def test_the_name_in_the_registry_is_the_target_and_its_contents() -> None:
    assert push.destination("tailbox/base:py3", "ghcr.io/you/") == "ghcr.io/you/base:py3"


@pytest.mark.parametrize("registry", ["https://ghcr.io/you", "ghcr.io/You", "", "a b"])
def test_what_is_no_registry_is_refused(registry: str) -> None:
    with pytest.raises(InvalidInput, match="is no registry"):
        push.destination("tailbox/base:py3", registry)


def test_the_right_bytes_of_the_right_image_pass_in_either_store() -> None:
    push.check(RAW, DIGEST, "sha256:config", "r/x:1")
    push.check(RAW, DIGEST, DIGEST, "r/x:1")


def test_other_bytes_under_the_digest_are_caught() -> None:
    with pytest.raises(PushFailed, match="the registry holds sha256:"):
        push.check(RAW + b" ", DIGEST, "sha256:config", "r/x:1")


def test_another_image_in_the_registry_is_caught() -> None:
    with pytest.raises(PushFailed, match="is not the image sha256:mine"):
        push.check(RAW, DIGEST, "sha256:mine", "r/x:1")


def test_an_error_of_the_registry_is_passed_on_with_its_remedy() -> None:
    with pytest.raises(PushFailed, match=r"docker login r\.example"):
        push._follow([{"error": "unauthorized: authentication required"}], "r.example/x")
    with pytest.raises(PushFailed, match="then repeat: layers that have arrived"):
        push._follow([{"error": "connection refused"}], "r.example/x")


def test_a_push_that_ends_without_a_digest_is_no_push() -> None:
    with pytest.raises(PushFailed, match="reported no digest"):
        push._follow([{"status": "Pushed", "id": "a"}], "r.example/x")
