"""`python -m bench.compare TARGET`: the same wheels in other people's shapes, each on an empty daemon.

Cold means empty: no package, no layer. The table and the plot go into docs/builds.md between their markers,
the figures into `build/<target>/shapes.json`.
"""

from __future__ import annotations

import dataclasses
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import zstandard

from bench import page
from bench.shapes import SHAPES, Shape
from builder.build import base_image, buildkit_daemon, contexts
from builder.build.bake import bake
from builder.build.buildkit_daemon import Daemon
from builder.cli.errors import reporting
from builder.core import console, paths, tempdirs
from builder.engine.client import connect
from builder.engine.oci_layout import Layout
from builder.pipeline.plan import make_plan
from builder.pipeline.publish import COMPRESSION
from builder.pipeline.workspace import Workspace
from builder.render.render import render, write_files
from builder.resolve.plan import Plan

_CHUNK = 1 << 22


@dataclasses.dataclass(frozen=True)
class Measured:
    """Seconds of a cold build, of its export (zstd) and of one more pip line; bytes; layers."""

    name: str
    what: str
    cold: float
    export: float
    line: float
    compressed: int
    unpacked: int
    layers: int
    largest: int

    @property
    def exported(self) -> float:
        """Seconds from nothing to an image that a registry takes."""
        return self.cold + self.export


class Comparison:
    """One target, rendered into a folder; shapes are built there."""

    def __init__(self, name: str, folder: Path) -> None:
        self.plan, self.folder, self.engine = make_plan(name, Workspace.open()), folder, connect()
        self.versions = Workspace.open().facts.versions
        gathered = contexts.gather(self.versions, self.engine)
        context = base_image.for_daemon(gathered.base, self.engine)
        contexts.place(dataclasses.replace(gathered, base=context), self.versions.debian, folder)

    def measure(self, shape: Shape) -> Measured:
        """Build, add a line, export; all that the daemon holds is gone afterwards."""
        console.step(f"bench: {shape.name}")
        with buildkit_daemon.daemon(self.versions) as daemon:
            cold = self._timed(shape, without_last_wheel(self.plan), daemon, "type=cacheonly")
            line = self._timed(shape, self.plan, daemon, "type=cacheonly")
            with tempdirs.folder() as folder:
                into = folder / "image"
                output = f"type=oci,tar=false,dest={into},force-compression=true,{COMPRESSION}"
                export = self._timed(shape, self.plan, daemon, output)
                return _measured(shape, Layout(into), cold, export, line)

    def _timed(self, shape: Shape, plan: Plan, daemon: Daemon, output: str) -> float:
        write_files(render(plan, paths.data("templates")), self.folder)
        options = ["--builder", daemon.name, "--set", f"*.output={output}"]
        if shape.dockerfile:
            (self.folder / "shape.Dockerfile").write_text(shape.dockerfile(plan))
            options += ["--set", "*.dockerfile=shape.Dockerfile"]
        began = time.monotonic()
        bake(self.folder, self.engine, options)
        return round(time.monotonic() - began, 1)


def _measured(shape: Shape, image: Layout, cold: float, export: float, line: float) -> Measured:
    blobs = [image.blob(digest) for digest in image.layers()]
    sizes = [blob.stat().st_size for blob in blobs]
    return Measured(
        shape.name,
        shape.what,
        cold,
        export,
        line,
        compressed=sum(sizes),
        unpacked=sum(map(_unpacked, blobs)),
        layers=len(blobs),
        largest=max(sizes),
    )


def _unpacked(blob: Path) -> int:
    """Bytes of a layer's tar."""
    with blob.open("rb") as file, zstandard.ZstdDecompressor().stream_reader(file) as stream:
        return sum(len(piece) for piece in iter(lambda: stream.read(_CHUNK), b""))


def without_last_wheel(plan: Plan) -> Plan:
    """The plan before somebody added one more package."""
    *lower, last = plan.wheels
    return dataclasses.replace(plan, wheels=(*lower, dataclasses.replace(last, pins=last.pins[:-1])))


def table(results: Sequence[Measured]) -> str:
    """Markdown: each shape against the first."""
    ours = results[0]
    lines = [
        "| shape | cold build | with export | one more pip line | compressed | unpacked | layers, largest |",
        "|---|--:|--:|--:|--:|--:|--:|",
    ]
    for one in results:
        cells = (
            f"**{one.name}**: {one.what}",
            f"{one.cold:.0f} s ({one.cold / ours.cold:.2f})",
            f"{one.exported:.0f} s ({one.exported / ours.exported:.2f})",
            f"{one.line:.1f} s ({one.line / ours.line:.1f})",
            f"{one.compressed / 1e6:.0f} MB ({one.compressed / ours.compressed:.2f})",
            f"{one.unpacked / 1e6:.0f} MB ({one.unpacked / ours.unpacked:.2f})",
            f"{one.layers}, {one.largest / 1e6:.0f} MB",
        )
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def plot(results: Sequence[Measured]) -> str:
    """Bars that Markdown viewers draw (Mermaid): what a pull costs."""
    names = ", ".join(f'"{one.name}"' for one in results)
    sizes = ", ".join(f"{one.compressed / 1e6:.0f}" for one in results)
    chart = ["xychart-beta", '    title "Compressed size, MB"', f"    x-axis [{names}]", f"    bar [{sizes}]"]
    return "\n".join(["```mermaid", *chart, "```"])


def main(name: str) -> None:
    """Measure, keeping what is done so far; write, print."""
    on, results = page.machine(), list[Measured]()
    with tempdirs.folder() as folder:
        comparison = Comparison(name, folder)
        for shape in SHAPES:
            results.append(comparison.measure(shape))
            rows = [dataclasses.asdict(one) for one in results]
            page.keep(name, "shapes", {"target": name, "machine": on, "shapes": rows})
    intro = f"Target `{name}`; in brackets the ratio to the first line."
    page.show(f"shapes of {name}", "\n\n".join([intro, table(results), plot(results)]), on)


if __name__ == "__main__":
    with reporting():
        main(sys.argv[1] if len(sys.argv) > 1 else "base")
