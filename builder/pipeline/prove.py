"""From a built image to its proof and the report on it."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from builder.build import go_programs
from builder.build.base_image import BaseImage, find_base
from builder.build.builders import LOCAL, Builder
from builder.core import console, paths
from builder.image import size_budget
from builder.pipeline.build import Built, build_target, declare_contents
from builder.prove.plan import Backend, MemberSources, ProofPlan, TargetCheck
from builder.prove.prove import StandingTailnet
from builder.prove.prove import prove as prove_image
from builder.prove.report import files, html
from builder.prove.report.model import Finding, Report, Status
from builder.prove.report.rerun import prove_command
from builder.prove.tailnet.external import ExternalTailnet
from builder.prove.tailnet.members_image import build_members_image
from builder.prove.tailnet.tailnet import Tailnet


def prove_target(
    name: str,
    builder: Builder = LOCAL,
    *,
    only: Collection[str] = (),
    keep: bool = False,
    external: ExternalTailnet | None = None,
    require_locked: bool = False,
    command: tuple[str, ...] = (),
) -> tuple[Built, Report]:
    """Build, then prove. In `build/<target>/` lie the report (HTML, JSON, JUnit) and what the image holds.

    `only` names the checks to run (default: all); with `keep` the tailnet is left standing; `external`
    is the user's tailnet; `require_locked` is for the build; `command` is what the report gives to run again
    (default: `tailbox prove NAME`).
    """
    built = build_target(name, builder, require_locked=require_locked)
    size_budget.enforce(name, built.image, built.engine)
    where = f"the tailnet of {external.login_server}" if external else "a private tailnet"
    console.step(f"proving {built.image.tag} on {where}")
    report = prove_image(
        built.image.tag,
        replace(proof_plan(built), only=frozenset(only)),
        built.engine,
        on_finding=_print_finding,
        on_standing=_print_standing if keep else None,
        external=external,
    )
    report = replace(report, command=command or prove_command(name))
    folder = paths.build_dir(built.plan.target)
    files.write(report, folder)
    (folder / "report.html").write_text(html.to_html(report, sorted(picture_folder(built).glob("*.png"))))
    console.note(f"report: {folder / 'report.html'}")
    declare_contents(built)
    return built, report


def picture_folder(built: Built) -> Path:
    """The folder for what a browser saw of this very image; the report shows it."""
    return paths.build_dir(built.plan.target) / "screenshots" / built.image.id[-12:]


@contextmanager
def standing_tailnet(name: str) -> Iterator[tuple[Built, ProofPlan, Tailnet]]:
    """Build a target, and yield it, what it promises, and a private tailnet for its nodes."""
    built = build_target(name)
    plan = proof_plan(built)
    with Tailnet(built.engine, build_members_image(built.engine, plan.members)) as tailnet:
        yield built, plan, tailnet


def proof_plan(built: Built) -> ProofPlan:
    """Return what the plan promises, in the prover's words."""
    plan = built.plan
    backends = {"both": frozenset(Backend), "off": frozenset[Backend]()}
    return ProofPlan(
        target=plan.target,
        members=MemberSources(
            base_reference=_usual_base(built).image,
            tailscaled=built.contexts.tailscaled / "tailscaled",
            control=go_programs.control(built.versions) / "control",
            host=paths.build_dir(plan.target)
            / "sources"
            / ("members" if plan.base or not _on_usual_base(built) else "host"),
        ),
        ssh=backends.get(plan.ssh) or frozenset({Backend(plan.ssh)}),
        jupyter=plan.jupyter,
        checks=tuple(
            TargetCheck(check.name, check.script, json.dumps(plan.expectations)) for check in plan.checks
        ),
        gpus=plan.cuda is not None,
    )


def _usual_base(built: Built) -> BaseImage:
    """Return the Debian that members of the tailnet stand on, whatever the target's is."""
    return built.contexts.base if _on_usual_base(built) else find_base(built.versions, built.engine)


def _on_usual_base(built: Built) -> bool:
    return built.plan.debian == built.versions.debian


def _print_finding(finding: Finding) -> None:
    if finding.status is Status.FAILED:
        console.failed(f"{finding.check}: {finding.detail.splitlines()[0]}")
    else:
        console.note(f"{finding.ms / 1000:5.1f} s  {finding.check} {finding.status.value.replace('_', ' ')}")


def _print_standing(standing: StandingTailnet) -> None:
    console.step(f"the tailnet {standing.run} is left standing")
    for line in standing.lines:
        console.note(line)
