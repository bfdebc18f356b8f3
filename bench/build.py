"""`make bench`: how long a target takes to build, in the situations a person meets, as ratios of one run.

Every build is a real one in the engine, in a folder of its own; what is compared was measured minutes apart
on the same machine. A download counts only where the package cache of the engine was empty before.
"""

from __future__ import annotations

import dataclasses
import json
import os
import platform
import sys
import tempfile
import time
from pathlib import Path

from builder import catalog, engine, facts, paths, render, say, size, sources, tree
from builder.build import bake, output
from builder.cli import reporting
from builder.engine import Engine
from builder.plan import Plan

_TAG = "tailbox/bench:1"


@dataclasses.dataclass(frozen=True)
class Timed:
    """One situation: seconds, and the steps of the Dockerfile that had to run."""

    what: str
    seconds: float
    steps: int
    wheels: bool


class Bench:
    """One target in a folder of its own."""

    def __init__(self, name: str, folder: Path) -> None:
        self.plan, self.folder, self.engine = catalog.plan(name), folder, engine.connect()
        versions = facts.load(paths.data("images")).versions
        sources.place(sources.gather(versions, self.engine), versions.debian, folder)

    def render(self, plan: Plan) -> None:
        render.write(render.render(plan, paths.data("templates")), self.folder)

    def timed(self, what: str, *options: str) -> Timed:
        say.step(f"bench: {what}")
        began = time.monotonic()
        progress = bake(self.folder, self.engine, [*output(self.engine), "--set", f"*.tags={_TAG}", *options])
        seconds = time.monotonic() - began
        ran = [step for step in progress.steps if step.started and not step.cached]
        wheels = any("uv pip install" in step.name and "/opt/venv" in step.name for step in ran)
        return Timed(what, round(seconds, 1), len(ran), wheels)

    def situations(self) -> list[Timed]:
        """From an empty layer cache to a changed line."""
        self.render(_without_last_wheel(self.plan))
        found = [self.timed("nothing cached but packages", "--no-cache"), self.timed("nothing changed")]
        self.render(self.plan)
        found.append(self.timed("one more pip line"))
        file = self.folder / "node" / "lib" / "node" / "paths.py"
        file.write_text(file.read_text() + "\n# a changed line\n")
        found.append(self.timed("a changed node file"))
        plain = self.folder / "plain.Dockerfile"
        plain.write_text(_plain(self.plan))
        options = ("--no-cache", "--set", f"*.dockerfile={plain.name}")
        return [*found, self.timed("the same wheels by one plain uv pip install", *options)]


def _without_last_wheel(plan: Plan) -> Plan:
    """The plan before somebody added one more package."""
    *lower, last = plan.wheels
    text = last.text[: last.text.rindex(f"\n{last.packages[-1].partition('==')[0]}==") + 1]
    before = dataclasses.replace(last, packages=last.packages[:-1], text=text)
    return dataclasses.replace(plan, wheels=(*lower, before))


def _plain(plan: Plan) -> str:
    """What one would write by hand: Python, one venv, one install; no layers, no byte code, no slimming."""
    secrets = " ".join(
        f"--mount=type=secret,id=host-{name},target=/run/host/{file}"
        for name, file in (("env", "env"), ("ca", "ca.pem"), ("apt", "apt.conf"), ("sources", "sources.list"))
    )
    cache = "--mount=type=cache,id=tailbox-uv,target=/root/.cache/uv"
    uv = "--mount=type=bind,from=uv,source=uv,target=/run/uv --mount=type=bind,source=locks,target=/run/locks"
    host = ". /run/host/env; unset UV_COMPILE_BYTECODE"
    locks = " ".join(f"-r /run/locks/{layer.name}.txt" for layer in plan.wheels)
    return (
        f"FROM base\nRUN {secrets} . /run/host/env; apt-get update -qq && apt-get install -y -qq python3\n"
        f"RUN {secrets} {cache} {uv} {host}; /run/uv venv -q /opt/venv && "
        f"/run/uv pip install -q --python /opt/venv --no-deps --require-hashes {locks}\n"
    )


def machine() -> dict[str, object]:
    """What the figures were measured on, and how busy it was."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    load = round(os.getloadavg()[0], 1)
    return {
        "processors": os.cpu_count(),
        "memory_gb": round(memory / 1e9),
        "system": platform.platform(),
        "load": load,
    }


def _sizes(engine: Engine) -> dict[str, int | None]:
    image = engine.client.images.get(_TAG)
    return {
        "files": tree.measure(_TAG, engine).size,
        "disk": int(image.attrs["Size"]),
        "compressed": size.compressed(image, engine),
    }


def main(name: str) -> None:
    """Measure, and write `build/<target>/bench.json`; a table for people goes to stdout."""
    before = machine()
    with tempfile.TemporaryDirectory(prefix="tailbox-bench-", dir=paths.cache()) as scratch:
        bench = Bench(name, Path(scratch))
        found = bench.situations()
        sizes = _sizes(bench.engine)
        bench.engine.client.images.remove(_TAG, force=True)
    cold = found[0].seconds
    rows = [{**dataclasses.asdict(one), "ratio": round(one.seconds / cold, 3)} for one in found]
    data = {"target": name, "machine": before, "plain_sizes": sizes, "builds": rows}
    into = paths.build_dir(name)
    into.mkdir(parents=True, exist_ok=True)
    (into / "bench.json").write_text(json.dumps(data, indent=1) + "\n")
    print(table(rows))


def table(rows: list[dict[str, object]]) -> str:
    """Markdown: seconds, and the ratio to the build with nothing cached."""
    lines = [
        "| situation | seconds | of a cold build | steps run | wheels installed |",
        "|---|--:|--:|--:|---|",
    ]
    for row in rows:
        installed = "yes" if row["wheels"] else "no"
        cells = (row["what"], row["seconds"], row["ratio"], row["steps"], installed)
        lines.append("| " + " | ".join(str(cell) for cell in cells) + " |")
    return "\n".join(lines)


if __name__ == "__main__":
    with reporting():
        main(sys.argv[1] if len(sys.argv) > 1 else "base")
