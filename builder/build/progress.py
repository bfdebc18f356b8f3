"""buildx's progress as people want it: the step, the megabytes, the time, and what failed."""

from __future__ import annotations

import base64
import json
import time
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from rich.live import Live
from rich.text import Text

from builder.build import step_times
from builder.core import console
from builder.render.layers import short

_IMPORT = "importing cache manifest"


@dataclass
class Vertex:
    """A build step, as BuildKit reports it; `started` and `done` are seconds since 1970, 0 for not yet."""

    name: str
    started: float = 0.0
    done: float = 0.0
    cached: bool = False
    error: str = ""
    lines: deque[str] = field(default_factory=lambda: deque([""], maxlen=30))
    done_bytes: int = 0
    total_bytes: int = 0

    @property
    def text(self) -> str:
        """Return what it runs, without its number: the same in every target that shares the step."""
        return self.name.partition("] ")[2]

    def left(self, known: Mapping[str, float]) -> float:
        """Seconds that it will still take, when it takes as long as it is known to."""
        elapsed = time.time() - self.started if self.started else 0.0
        return 0.0 if self.done else max(known.get(self.text, 0.0) - elapsed, 0.0)

    def say(self, text: str) -> None:
        """Take a piece of the step's output; a piece may end within a line."""
        first, *rest = text.split("\n")
        self.lines[-1] += first
        self.lines.extend(rest)


class Progress:
    """Folds the events of `buildx --progress=rawjson` into the state of every step."""

    def __init__(self, known: Mapping[str, float] | None = None) -> None:
        self.known = known or {}
        self.vertices: dict[str, Vertex] = {}
        self.began = time.monotonic()
        self.noise: deque[str] = deque(maxlen=30)
        self._part = ""

    def feed(self, line: str) -> None:
        """Take one line of the stream: an event, a part of one, or buildx's own words.

        buildx 0.13 spreads each event over indented lines, newer ones write it in one.
        """
        if not self._part and not line.startswith("{"):
            self.noise.append(line.rstrip())
            return
        self._part += line
        if line.startswith("}") or (line.startswith("{") and line.rstrip().endswith("}")):
            event, self._part = json.loads(self._part), ""
            self._event(event)

    def _event(self, event: dict[str, Any]) -> None:
        for vertex in event.get("vertexes") or []:
            self._vertex(vertex)
        for log in event.get("logs") or []:
            text = base64.b64decode(log.get("data", "")).decode(errors="replace")
            self._get(log["vertex"]).say(text)
        for status in event.get("statuses") or []:
            step = self._get(status["vertex"])
            step.done_bytes, step.total_bytes = status.get("current", 0), status.get("total", 0)

    def _get(self, digest: str) -> Vertex:
        return self.vertices.setdefault(digest, Vertex(digest))

    def _vertex(self, event: dict[str, Any]) -> None:
        step = self._get(event["digest"])
        step.name = event.get("name", step.name)
        step.started, step.done = _seconds(event.get("started")), _seconds(event.get("completed"))
        step.cached |= bool(event.get("cached"))
        step.error = event.get("error", "") or step.error

    @property
    def steps(self) -> list[Vertex]:
        """The Dockerfile's own steps, without BuildKit's internal ones."""
        return [v for v in self.vertices.values() if v.name.startswith("[") and "[internal]" not in v.name]

    @property
    def all_cached(self) -> bool:
        """Return whether no step of the Dockerfile had to run."""
        return bool(self.steps) and all(step.cached for step in self.work)

    @property
    def work(self) -> list[Vertex]:
        """The steps that make something: no base image, no build context."""
        return [step for step in self.steps if "FROM" not in step.name and "context" not in step.name]

    def summary(self) -> str:
        """Return in a few words what was done."""
        cached = sum(step.cached for step in self.work)
        return "all cached" if self.all_cached else f"{len(self.work)} steps, {cached} of them cached"

    @property
    def failed(self) -> Vertex | None:
        """The step that broke the build; steps that were cancelled with it do not count.

        Nor does a cache that is not there yet: BuildKit goes on without it.
        """
        broken = [v for v in self.vertices.values() if v.error and not v.name.startswith(_IMPORT)]
        not_cancelled = [v for v in broken if "canceled" not in v.error]
        return next(iter(not_cancelled or broken), None)

    def took(self) -> dict[str, float]:
        """Seconds of each step that ran now, by its text."""
        ran = [step for step in self.steps if step.done and not step.cached]
        return {step.text: round(step.done - step.started, 1) for step in ran}

    def line(self) -> str:
        """The present in one line."""
        running = [v for v in self.vertices.values() if v.started and not v.done]
        finished = sum(bool(step.done) for step in self.steps)
        elapsed = time.monotonic() - self.began
        left = sum(step.left(self.known) for step in self.steps)
        rest = f", about {left:.0f} s left" if left >= 1 else ""
        text = f"{finished}/{len(self.steps)} steps  {elapsed:.0f} s{rest}"
        return text + "".join(f"  {short(v.name)}{_megabytes(v)}" for v in running[:2])


def _seconds(moment: str | None) -> float:
    return datetime.fromisoformat(moment).timestamp() if moment else 0.0


def _megabytes(step: Vertex) -> str:
    if not step.done_bytes:
        return ""
    total = f"/{step.total_bytes / 1e6:.0f}" if step.total_bytes else ""
    return f" {step.done_bytes / 1e6:.0f}{total} MB"


def follow(lines: Iterable[str]) -> Progress:
    """Show a running build: a live line on a terminal, a line per finished step elsewhere."""
    progress = Progress(step_times.known())
    if console.stderr().is_terminal:
        with Live(console=console.stderr(), transient=True, refresh_per_second=8) as live:
            for line in lines:
                progress.feed(line)
                live.update(Text("        " + progress.line(), style="dim"))
    else:
        shown: set[str] = set()
        for line in lines:
            progress.feed(line)
            _tell_finished(progress, shown)
    step_times.remember(progress.took())
    return progress


def _tell_finished(progress: Progress, shown: set[str]) -> None:
    """Print a line for each step that had to run, is done, and is not among those `shown`."""
    seconds = time.monotonic() - progress.began
    for step in progress.work:
        if step.done and not step.cached and step.name not in shown:
            shown.add(step.name)
            console.note(f"{seconds:6.1f} s  {short(step.name)}")
