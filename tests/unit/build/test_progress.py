"""buildx's event stream: what is told while it runs, and which step is blamed when it fails."""

from __future__ import annotations

import base64
import json
import re
from datetime import UTC, datetime
from typing import Any

import pytest

from builder.build.progress import Progress
from builder.render.layers import short

EARLIER, LATER = "2026-11-24T10:00:00.000000001Z", "2026-11-24T10:00:07.5Z"


def step(digest: str, name: str, **more: Any) -> dict[str, Any]:
    return {"vertexes": [{"digest": digest, "name": name, **{"started": EARLIER, **more}}]}


def log(digest: str, text: str) -> dict[str, Any]:
    return {"logs": [{"vertex": digest, "data": base64.b64encode(text.encode()).decode()}]}


def fed(*events: dict[str, Any], indent: int | None = None) -> Progress:
    progress = Progress()
    for event in events:
        for line in json.dumps(event, indent=indent).splitlines():
            progress.feed(line + "\n")
    return progress


@pytest.mark.parametrize("indent", [None, 2])
def test_events_are_read_in_one_line_or_in_many(indent: int | None) -> None:
    progress = fed(step("a", "[1/2] RUN x", completed=LATER), step("b", "[2/2] RUN y"), indent=indent)
    assert [(s.name, bool(s.done)) for s in progress.steps] == [("[1/2] RUN x", True), ("[2/2] RUN y", False)]


def test_the_failed_step_is_blamed_and_not_those_cancelled_with_it() -> None:
    progress = fed(
        step("a", "[1/2] RUN good", error="context canceled: canceled"),
        step("b", "[2/2] RUN bad"),
        log("b", "one\nt"),
        log("b", "wo"),
        step("b", "[2/2] RUN bad", completed=LATER, error="exit code: 1"),
    )
    failed = progress.failed
    assert failed is not None
    assert (failed.name, list(failed.lines)) == ("[2/2] RUN bad", ["one", "two"])


def test_a_cache_that_is_not_there_yet_is_not_blamed() -> None:
    cache = step("a", "importing cache manifest from r.example/cache:x", error="not found")
    assert fed(cache).failed is None
    failed = fed(cache, step("b", "[2/2] RUN bad", error="exit code: 1")).failed
    assert failed is not None
    assert failed.name == "[2/2] RUN bad"


def test_all_cached_needs_every_working_step_to_be_cached() -> None:
    cached = step("a", "[1/2] RUN x", cached=True, completed=LATER)
    source = step("c", "[system 1/9] FROM base", completed=LATER)
    assert fed(cached, source).all_cached
    assert not fed(cached, step("b", "[2/2] RUN y", completed=LATER)).all_cached
    assert not fed().all_cached


def test_megabytes_of_a_running_step_are_shown() -> None:
    progress = fed(
        step("a", "exporting layers"),
        {"statuses": [{"vertex": "a", "current": 5_000_000, "total": 9_000_000}]},
    )
    assert "exporting layers 5/9 MB" in progress.line()


def test_what_is_left_is_told_by_what_steps_took_before() -> None:
    now = datetime.now(UTC).isoformat()
    progress = Progress({"RUN x": 100.0, "RUN y": 50.0, "RUN z": 7.0})
    for event in (
        step("a", "[one 1/2] RUN x", started=now),
        {"vertexes": [{"digest": "b", "name": "[one 2/2] RUN y"}]},
        step("c", "[two 1/2] RUN z", completed=LATER),
        step("d", "[two 2/2] RUN never seen"),
    ):
        progress.feed(json.dumps(event) + "\n")
    assert re.search(r"1/4 steps  0 s, about 1(49|50) s left", progress.line())
    assert progress.took() == {"RUN z": 7.5}


def test_words_of_buildx_that_are_no_events_are_kept() -> None:
    progress = Progress()
    progress.feed("ERROR: no builder\n")
    assert list(progress.noise) == ["ERROR: no builder"]


def test_a_step_is_shown_without_its_mounts() -> None:
    mounts = "--mount=type=secret,id=x --mount=type=cache,target=/y"
    name = f"[system 4/9] RUN {mounts} . /run/host/env; uv pip install"
    assert short(name) == "[system 4/9] RUN uv pip install"


def test_a_step_names_the_files_that_it_takes() -> None:
    name = "[system 4/9] RUN --mount=type=bind,source=locks/cuda.txt,target=/run/lock.txt sh /x /run/lock.txt"
    assert short(name) == "[system 4/9] RUN sh /x locks/cuda.txt"
