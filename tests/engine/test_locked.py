"""A lock is what is built: twice from nothing, the same wheels and packages; other ones are refused."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name

from builder.build import go_programs
from builder.core.errors import TailboxError
from builder.image.verify import debian_packages
from builder.lock.debian import BASE, DebianLockMismatchError
from builder.pipeline.build import Built, build_target
from builder.pipeline.plan import make_plan
from builder.pipeline.relock import relock_targets
from builder.pipeline.relock_debian import relock_debian
from builder.pipeline.reproduce import reproduce_target
from builder.pipeline.workspace import Workspace
from builder.resolve.plan import Plan


def _locked(plan: Plan) -> dict[str, str]:
    """Each wheel of a plan, by environment and name, and its version."""
    pins = [("jupyter", pin) for pin in plan.jupyterlab.pins]
    pins += [("venv", pin) for layer in plan.wheels for pin in layer.pins]
    return {f"{place}/{pin.name}": str(pin.version) for place, pin in pins}


@pytest.mark.deep
def test_two_builds_from_nothing_give_the_locked_wheels_and_the_same_packages() -> None:
    done = reproduce_target("base", None)
    assert done.differences == ()
    found = {
        f"{name.split('/')[0]}/{canonicalize_name(name.split('/')[1])}": text.split(" ")[0]
        for name, text in done.packages.wheels.items()
    }
    assert found == _locked(make_plan("base", Workspace.open()))
    assert {"curl", "openssh-server", "s6"} <= done.packages.debian.keys()


def test_an_image_says_of_itself_what_its_layers_say(built_base: Built) -> None:
    found = debian_packages(
        built_base.plan, built_base.contents.debian, built_base.contexts, built_base.engine
    )
    assert found.keys() > {BASE, "curl", "libc6"}
    assert all(" sha256:" in text for name, text in found.items() if name != BASE)


def test_a_go_module_that_is_not_the_locked_one_is_not_compiled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    versions = Workspace.open().facts.versions
    module = Path(shutil.copytree(go_programs.module(), tmp_path / "module"))
    sums = (module / "go.sum").read_text()
    forged = re.sub(r"(?m)^(tailscale\.com v\S+ h1:).*", r"\g<1>" + "A" * 43 + "=", sums)
    assert forged != sums
    (module / "go.sum").write_text(forged)
    monkeypatch.setattr(go_programs, "module", lambda: module)
    with pytest.raises(TailboxError, match=r"(?s)go install .* failed.*tailscale\.com.*checksum mismatch"):
        go_programs.tailscaled(versions)


def test_other_debian_packages_than_locked_fail_the_build_unless_newer_ones_are_welcome(
    built_base: Built, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "locked.yaml"
    file.write_text("description: x\n")
    list(relock_targets([str(file)], Workspace.open()))
    locked = relock_debian(str(file))
    images = built_base.engine.client.images
    assert build_target(str(file), require_locked=True).plan.debian_lock[BASE]
    text = locked.path.read_text()
    forged = text.replace("\ncurl=", "\ncurl=0+", 1)
    assert forged != text
    locked.path.write_text(forged)
    older = images.get(built_base.image.id)
    older.tag(str(make_plan(str(file), Workspace.open()).reference))
    with pytest.raises(
        DebianLockMismatchError,
        match=r"(?s)curl 0\+\S+ -> .*tailbox lock --debian \S*locked\.yaml.*leave out --locked",
    ):
        build_target(str(file), require_locked=True)
    assert images.list(name="tailbox/locked") == [older]
    built = build_target(str(file))
    assert "not those of the lock: curl 0+" in " ".join(capsys.readouterr().err.split())
    images.remove(built.image.tag, force=True)
