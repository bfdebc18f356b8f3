"""`tailbox plan`: what a target would hold, why, and whether it serves a machine."""

from __future__ import annotations

import dataclasses

import click
from rich.table import Table

from builder.cli.options import AS_JSON, TARGET, print_json, stdout
from builder.core.errors import UnsupportedMachineError
from builder.pipeline.advise import advise_on_machine
from builder.pipeline.plan import make_plan
from builder.pipeline.workspace import Workspace
from builder.resolve.advise import Advice
from builder.resolve.plan import Plan, WheelLayer


@click.command(
    "plan",
    epilog="Examples: tailbox plan cuda-pytorch | tailbox plan cuda-pytorch --gpu L4 --driver 570.86",
)
@TARGET
@click.option("--gpu", metavar="GPU", help="A card or a compute capability: 'RTX 5090', sm_120.")
@click.option("--driver", metavar="VERSION", help="The machine's NVIDIA driver: 570.86.")
@AS_JSON
def command(name: str, gpu: str | None, driver: str | None, as_json: bool) -> None:
    """Show what TARGET would hold and why, or whether it serves a machine.

    With --gpu or --driver, say whether TARGET serves a machine that has them.
    """
    workspace = Workspace.open()
    if gpu or driver:
        _show_advice(advise_on_machine(name, gpu, driver, workspace), as_json)
        return
    plan = make_plan(name, workspace)
    if as_json:
        print_json(_as_data(plan))
    else:
        stdout(_table(plan))


def _table(plan: Plan) -> Table:
    table = Table("what", "value", "why", "source", title=str(plan.reference), title_justify="left", box=None)
    for choice in plan.choices:
        table.add_row(choice.what, choice.value, choice.reason, choice.source)
    for note in plan.notes:
        table.add_row("note", note.what, note.why, str(note.where or ""))
    for layer in plan.environments:
        some = ", ".join(map(str, layer.pins[:4]))
        table.add_row(f"layer {layer.name}", f"{len(layer.pins)} wheels", some, "lock")
        for rule in layer.slim:
            table.add_row(f"  slim {rule.name}", f"-{rule.saves} MB", rule.why, rule.measured)
    return table


def _as_data(plan: Plan) -> dict[str, object]:
    """Return a plan as data: of files and checks their names, not their content."""
    data = {field.name: getattr(plan, field.name) for field in dataclasses.fields(plan)}
    data["tag"] = str(plan.reference)
    data["files"] = [file.path for file in plan.files]
    data["checks"] = [check.name for check in plan.checks]
    data["hooks"] = plan.hooks.model_dump()
    data["env"] = dict(plan.env)
    data["debian_lock"] = dict(plan.debian_lock)
    data["choices"] = [dataclasses.asdict(choice) for choice in plan.choices]
    data["notes"] = [{**dataclasses.asdict(note), "where": str(note.where or "")} for note in plan.notes]
    data["jupyterlab"] = _layer_as_data(plan.jupyterlab)
    data["wheels"] = [_layer_as_data(layer) for layer in plan.wheels]
    return data


def _layer_as_data(layer: WheelLayer) -> dict[str, object]:
    return {
        "name": layer.name,
        "packages": [str(pin) for pin in layer.pins],
        "text": layer.text,
        "slim": [rule.model_dump() for rule in layer.slim],
    }


def _show_advice(advice: Advice, as_json: bool) -> None:
    """The verdicts on stdout, conflicts on stderr; exit code 1 where the machine is not served."""
    if as_json:
        verdicts = [dataclasses.asdict(verdict) for verdict in advice.verdicts]
        problems = [{"what": problem.what, "remedy": problem.remedy} for problem in advice.problems]
        print_json({"serves": advice.serves, "verdicts": verdicts, "problems": problems})
    else:
        stdout(_verdicts(advice))
    if advice.problems:
        raise UnsupportedMachineError(*advice.problems)


def _verdicts(advice: Advice) -> Table:
    table = Table("what", "", "why", "source", box=None)
    for verdict in advice.verdicts:
        word = {True: "serves", False: "does not serve", None: "not known"}[verdict.serves]
        table.add_row(verdict.what, word, verdict.reason, verdict.source)
    return table
