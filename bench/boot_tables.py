"""The tables of boot times, from what bench.boot measured."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

LATE = 4.0  # a lost handshake is repeated after 5 s
ONLINE = "in the tailnet"
# In the table: which node, which laptop.
CASES = {
    "eager": ("tailbox", "eager"),
    "polite": ("tailbox", "polite"),
    "waiting": ("tailbox, which only waits for handshakes", "eager"),
    "sample": ("sample", "polite"),
}


def tables(measured: Mapping[str, Any]) -> str:
    """The figures for people, as Markdown."""
    lines = [
        "| node | laptop | from start to | min | median | max | 4 s after online |",
        "|---|---|---|---|---|---|---|",
    ]
    for case, (node, laptop) in CASES.items():
        of_case = measured["cases"][case]
        for name, values in of_case["seconds"].items():
            late = sum(seconds[name] - seconds[ONLINE] > LATE for seconds in of_case["each"])
            lines.append(f"{row(node, laptop, name, values=values, form='{:.2f} s')} {late} |")
    lines += ["", "| memory when idle | min | median | max |", "|---|---|---|---|"]
    lines += [
        row(c, values=measured["cases"][c]["memory_mb"], form="{:.0f} MB") for c in ("polite", "sample")
    ]
    lines += ["", "| from the start of PID 1 to the mark | min | median | max |", "|---|---|---|---|"]
    for name, values in measured["cases"]["polite"]["timeline_ms"].items():
        lines.append(row(name, values=values, form="{:.0f} ms"))
    before = measured["before"]
    boots, others = (measured["cases"][case]["boots"] for case in ("polite", "sample"))
    where = f"{boots} boots of each and {others} of the sample, in turns, on {before['cpus']} CPUs, "
    return "\n".join([*lines, "", f"{where}load {before['load']:.1f} before it."])


def row(*cells: str, values: Mapping[str, float], form: str) -> str:
    """One line of a table: min, median and max behind the cells."""
    return f"| {' | '.join([*cells, *map(form.format, values.values())])} |"
