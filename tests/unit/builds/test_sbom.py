"""The declaration of contents: package URLs, Go's modules, the same bytes for the same image."""

from __future__ import annotations

import json

import pytest

from builder import sbom
from builder.errors import TailboxError
from builder.sbom import Component

pytestmark = pytest.mark.unit

GO = """/x/tailscaled: go1.27.3
\tpath\ttailscale.com/cmd/tailscaled
\tmod\ttailbox.dev/tailscaled\t(devel)
\tdep\ttailscale.com\tv1.102.3\th1:a=
\tdep\tgo4.org/mem\tv0.1.0\th1:b=
\tdep\tgolang.org/x/old\tv0.1.0
\t=>\tgithub.com/tailscale/new\tv0.2.0\th1:c=
\tbuild\t-tags=ts_include_cli
"""


@pytest.mark.parametrize(
    ("component", "purl"),
    [
        (
            Component("deb", "libstdc++6", "1:14.2-1+b1", "debian"),
            "pkg:deb/debian/libstdc%2B%2B6@1:14.2-1+b1",
        ),
        (Component("pypi", "Jinja2_Time", "1.0"), "pkg:pypi/jinja2-time@1.0"),
        (Component("golang", "go4.org/mem", "v0.1.0"), "pkg:golang/go4.org/mem@v0.1.0"),
    ],
)
def test_a_package_url_follows_the_rules_of_its_type(component: Component, purl: str) -> None:
    assert component.purl == purl


def test_modules_are_those_that_were_compiled_in() -> None:
    found = [(module.name, module.version) for module in sbom.modules(GO)]
    assert found == [
        ("stdlib", "1.27.3"),
        ("tailscale.com", "v1.102.3"),
        ("go4.org/mem", "v0.1.0"),
        ("github.com/tailscale/new", "v0.2.0"),
    ]


@pytest.mark.parametrize("text", ["", "/x/tailscaled: go1.26.8\n", "/x: could not read Go build info\n"])
def test_a_program_that_tells_no_modules_is_an_error(text: str) -> None:
    with pytest.raises(TailboxError, match="tells no modules"):
        list(sbom.modules(text))


def test_the_same_image_gives_the_same_document_and_another_one_another() -> None:
    found = [Component("pypi", "torch", "2.15.0", "/opt/venv", "BSD-3-Clause")]
    one = sbom.document("x:1", "sha256:a", 1790000000, found)
    assert one == sbom.document("x:1", "sha256:a", 1790000000, found)
    assert one != sbom.document("x:1", "sha256:b", 1790000000, found)
    assert '"expression": "BSD-3-Clause"' in json.dumps(one)
    assert one["metadata"]["timestamp"] == "2026-09-21T14:13:20Z"  # type: ignore[index]
