"""Byte-compile the wheels of a folder that have no byte code yet: compile.py SITE.

What marshal writes depends on what its process compiled before: uv's workers give other bytes each time. Here
each process compiles one portion, always the same files in the same order, and no other. Run it with a fixed
PYTHONHASHSEED, and with -S: a .pth among the wheels (setuptools has one) would run first and leave byte code
that goes by time stamps.
"""

import csv
import multiprocessing
import py_compile
import sys
from collections.abc import Iterator
from importlib.util import cache_from_source
from pathlib import Path

PORTION = 300
MODE = py_compile.PycInvalidationMode.CHECKED_HASH


def sources(site: Path) -> Iterator[Path]:
    """Listed modules without byte code, sorted."""
    for record in sorted(site.glob("*.dist-info/RECORD")):
        with record.open(newline="") as file:
            listed = sorted(site / row[0] for row in csv.reader(file) if row[0].endswith(".py"))
        yield from (path for path in listed if path.is_file() and not Path(cache_from_source(path)).exists())


def compile_all(paths: list[Path]) -> None:
    for path in paths:
        try:
            # The file's name as it is imported by, which tracebacks show.
            py_compile.compile(str(path), doraise=True, invalidation_mode=MODE)
        except py_compile.PyCompileError:
            continue  # a template, or code for another Python: uv passes over it too


if __name__ == "__main__":
    found = list(sources(Path(sys.argv[1])))
    portions = [found[start : start + PORTION] for start in range(0, len(found), PORTION)]
    with multiprocessing.get_context("spawn").Pool(maxtasksperchild=1) as pool:
        pool.map(compile_all, portions, chunksize=1)
