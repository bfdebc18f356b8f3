"""The declaration of contents: the system, package URLs, Go's modules, the same bytes for the same image."""

from __future__ import annotations

import json
import platform
import re
import subprocess
from pathlib import Path

import pytest

from builder.core.errors import TailboxError
from builder.image import sbom
from builder.image.guest import installed
from builder.image.sbom import Component

PROGRAM = Path("/x/tailscaled")
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
            sbom.listed(["deb", "debian", "13", "libstdc++6", "1:14.2-1+b1", "amd64", "gcc-14", "1:14.2-1"]),
            "pkg:deb/debian/libstdc%2B%2B6@1:14.2-1%2Bb1?arch=amd64&distro=debian-13&upstream=gcc-14%401:14.2-1",
        ),
        (
            sbom.listed(["deb", "ubuntu", "24.04", "curl", "8.5.0", "amd64", "curl", "8.5.0"]),
            "pkg:deb/ubuntu/curl@8.5.0?arch=amd64&distro=ubuntu-24.04",
        ),
        (
            sbom.listed(["deb", "debian", "", "curl", "8.5.0", "amd64", "curl", "8.5.0"]),
            "pkg:deb/debian/curl@8.5.0?arch=amd64&distro=debian",
        ),
        (Component("pypi", "Jinja2_Time", "1.0"), "pkg:pypi/jinja2-time@1.0"),
        (Component("golang", "go4.org/mem", "v0.1.0"), "pkg:golang/go4.org/mem@v0.1.0"),
    ],
)
def test_a_package_url_follows_the_rules_of_its_type(component: Component, purl: str) -> None:
    assert component.purl == purl


def _dpkg(monkeypatch: pytest.MonkeyPatch) -> None:
    """dpkg that knows three packages: installed, held, and removed but for its settings."""
    fields = ["db:Status-Abbrev", "Package", "Version", "Architecture", "source:Package", "source:Version"]
    rows = [
        [status, name, "2-1+b1", "amd64", "src", "2-1"]
        for status, name in (("ii ", "here"), ("hi ", "held"), ("rc ", "gone"))
    ]

    def query(command: list[str], **_: object) -> str:
        known = [{**dict(zip(fields, row, strict=True)), "binary:Package": row[1]} for row in rows]
        form = re.sub(r"\$\{(.+?)\}", r"{0[\1]}", command[-1])
        return "".join(form.format(one) for one in known)

    monkeypatch.setattr(subprocess, "check_output", query)


@pytest.mark.parametrize(
    ("about", "release"),
    [({"VERSION_ID": "13", "VERSION_CODENAME": "trixie"}, "13"), ({"VERSION_CODENAME": "forky"}, "forky")],
)
def test_the_image_tells_its_system_and_the_packages_that_are_installed(
    about: dict[str, str],
    release: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    _dpkg(monkeypatch)
    monkeypatch.setattr(platform, "freedesktop_os_release", lambda: {"ID": "debian", **about})
    exec(sbom._LISTER, {})
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    package = ["2-1+b1", "amd64", "src", "2-1"]
    assert [row for row in rows if row[0] != "pypi"] == [
        ["os", "debian", release],
        ["deb", "debian", release, "here", *package],
        ["deb", "debian", release, "held", *package],
    ]


def test_a_lock_of_debian_packages_is_of_those_that_are_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    _dpkg(monkeypatch)
    assert sorted(installed.debian()) == ["held", "here"]


def test_scanners_find_the_system_and_the_source_of_a_package() -> None:
    """Trivy skips Debian's packages where no system is told, and reads their sources as properties alone."""
    package = ["deb", "debian", "13", "libssl3t64", "3.5.1-1+b1", "amd64", "openssl", "3.5.1-1"]
    found = [sbom.listed(row) for row in (["os", "debian", "13"], package)]
    system, ssl = json.loads(json.dumps(sbom.document("x:1", "sha256:a", 1790000000, found)))["components"]
    assert system == {
        "type": "operating-system",
        "bom-ref": "os#debian",
        "name": "debian",
        "version": "13",
    }
    said = {one["name"]: one["value"] for one in ssl["properties"]}
    assert said == {
        "tailbox:place": "debian",
        "aquasecurity:trivy:SrcName": "openssl",
        "aquasecurity:trivy:SrcVersion": "3.5.1-1",
    }


def test_modules_are_those_that_were_compiled_in() -> None:
    found = [(module.name, module.version) for module in sbom.modules(GO, PROGRAM)]
    assert found == [
        ("stdlib", "1.27.3"),
        ("tailscale.com", "v1.102.3"),
        ("go4.org/mem", "v0.1.0"),
        ("github.com/tailscale/new", "v0.2.0"),
    ]


@pytest.mark.parametrize("text", ["", "/x/tailscaled: go1.26.8\n", "/x: could not read Go build info\n"])
def test_a_program_that_tells_no_modules_is_an_error(text: str) -> None:
    with pytest.raises(TailboxError, match=r"/x/tailscaled tells no modules\n  do: remove /x, then repeat"):
        list(sbom.modules(text, PROGRAM))


def test_the_same_image_gives_the_same_document_and_another_one_another() -> None:
    found = [Component("pypi", "torch", "2.15.0", "/opt/venv", "BSD-3-Clause")]
    one = sbom.document("x:1", "sha256:a", 1790000000, found)
    assert one == sbom.document("x:1", "sha256:a", 1790000000, found)
    assert one != sbom.document("x:1", "sha256:b", 1790000000, found)
    assert '"expression": "BSD-3-Clause"' in json.dumps(one)
    assert one["metadata"]["timestamp"] == "2026-09-21T14:13:20Z"  # type: ignore[index]
