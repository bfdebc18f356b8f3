"""`make bench`: everything that is measured, one after another: `python -m bench [TARGET [PART]...]`."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from bench import boot, build, compare, spread, together
from builder.cli.errors import reporting

PARTS = ("build", "shapes", "spread", "together", "boot")


def main() -> None:
    """Measure the parts that were named, by default all."""
    parser = argparse.ArgumentParser("bench", description=__doc__)
    parser.add_argument("target", nargs="?", default="base")
    parser.add_argument("parts", nargs="*", choices=[[], *PARTS], metavar="PART", help=", ".join(PARTS))
    asked = parser.parse_args()
    runs: dict[str, Callable[[], object]] = {
        "build": lambda: build.main(asked.target),
        "shapes": lambda: compare.main(asked.target),
        "spread": lambda: spread.main(asked.target),
        "together": lambda: together.main(together.TARGETS),
        "boot": lambda: boot.main([]),
    }
    for part in asked.parts or PARTS:
        runs[part]()


if __name__ == "__main__":
    with reporting():
        main()
