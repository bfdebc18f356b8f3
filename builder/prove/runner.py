"""Run checks side by side, and turn the end of each into a finding."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from builder.prove.cells import Cell
from builder.prove.errors import CheckFailedError, CheckNotRunError
from builder.prove.report.model import Finding, LeftOut, Status

Subject = TypeVar("Subject")
Plan = TypeVar("Plan")


def concerns_all(_plan: object) -> str | None:
    """Leave no plan out: for checks that concern every target."""
    return None


@dataclass(frozen=True)
class CheckResult:
    """What a check saw, with the traffic that it tried."""

    detail: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class ProofCheck(Generic[Subject, Plan]):
    """One promise of the image. `run` returns what it saw, or raises CheckFailedError or CheckNotRunError.

    `left_out` gives the reason why the check does not concern a plan, or None if it does.
    """

    name: str
    run: Callable[[Subject], str | CheckResult]
    left_out: Callable[[Plan], str | None] = concerns_all


def choose(
    checks: Iterable[ProofCheck[Subject, Plan]], plan: Plan
) -> tuple[list[ProofCheck[Subject, Plan]], list[LeftOut]]:
    """Return the checks that concern the plan, and those that do not with the reason."""
    chosen, left_out = [], []
    for check in checks:
        reason = check.left_out(plan)
        if reason is None:
            chosen.append(check)
        else:
            left_out.append(LeftOut(check.name, reason))
    return chosen, left_out


def run_check(check: ProofCheck[Subject, Plan], subject: Subject) -> Finding:
    """Run one check. Any other exception is a failure that says where it happened."""
    start = time.monotonic()
    finding = _outcome(check, subject)
    return replace(finding, ms=round((time.monotonic() - start) * 1000))


def run_all(
    checks: Sequence[ProofCheck[Subject, Plan]],
    subject: Subject,
    *,
    workers: int,
    on_finding: Callable[[Finding], None],
) -> tuple[Finding, ...]:
    """Run the checks side by side; `on_finding` hears of each as it ends. The findings keep their order."""
    pool = ThreadPoolExecutor(workers, thread_name_prefix="check")
    futures = [pool.submit(run_check, check, subject) for check in checks]
    try:
        for future in as_completed(futures):
            on_finding(future.result())
    finally:
        # Not waited for: on Ctrl-C the tailnet goes away next, and that ends the checks that still run.
        pool.shutdown(wait=False, cancel_futures=True)
    return tuple(future.result() for future in futures)


def _outcome(check: ProofCheck[Subject, Plan], subject: Subject) -> Finding:
    try:
        result = check.run(subject)
    except CheckFailedError as failure:
        return Finding(check.name, Status.FAILED, failure.what, failure.remedy, cells=failure.cells)
    except CheckNotRunError as skip:
        return Finding(check.name, Status.NOT_RUN, skip.reason)
    except Exception as error:
        what = f"the check itself ended with {_named(error)}"
        return Finding(check.name, Status.FAILED, what, "see the detail for where it happened")
    if isinstance(result, CheckResult):
        return Finding(check.name, Status.PASSED, result.detail, cells=result.cells)
    return Finding(check.name, Status.PASSED, result)


def _named(error: Exception) -> str:
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return (
        f"{type(error).__name__}: {error} ({frame.name}, {frame.filename.rsplit('/', 1)[-1]}:{frame.lineno})"
    )
