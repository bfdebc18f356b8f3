"""Relieve wheels of what a node does not need, in the step that installs them; RECORD stays true.

Runs in the image's build with Debian's Python: slim.py RULES SITE STRIP REPORT, where RULES is a JSON list of
rules, SITE the folder of installed wheels, which have no byte code yet, STRIP the command (one word) that
strips one file in place, and REPORT the file that says what each rule did. Only the wheels that a rule names
are touched, and of them only what RECORD lists.
"""

import base64
import csv
import hashlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from fnmatch import fnmatch
from pathlib import Path
from typing import Any


class Wheel:
    """An installed wheel: its RECORD as path -> (hash, size), paths relative to site-packages."""

    def __init__(self, info: Path) -> None:
        self.site, self.record = info.parent, info / "RECORD"
        self.name = re.sub(r"[-_.]+", "-", info.name.split("-")[0]).lower()
        with self.record.open(newline="") as file:
            self.files = {path: (digest, size) for path, digest, size in csv.reader(file)}
        self.found = dict(self.files)

    def write_record(self) -> None:
        if self.files == self.found:
            return
        rows = [(path, *entry) for path, entry in self.files.items()]
        with self.record.open("w", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows(rows)

    def matching(self, patterns: list[str], but: list[str]) -> list[str]:
        """The listed files that a pattern fits, and no pattern of `but`."""
        return sorted(path for path in self.files if fits(path, patterns) and not fits(path, but))

    def remove(self, path: str) -> int:
        """Remove a file and its line in RECORD."""
        file = self.site / path
        saved = file.stat().st_size if file.exists() else 0
        file.unlink(missing_ok=True)
        del self.files[path]
        return saved

    def strip(self, path: str, command: str) -> int:
        """Strip a library of its symbol table and list what it is now."""
        file = self.site / path
        if file.is_symlink() or not is_elf(file):
            return 0
        before = file.stat().st_size
        subprocess.run([command, str(file)], check=True)
        content = file.read_bytes()
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
        self.files[path] = (f"sha256={digest}", str(len(content)))
        return before - len(content)


def fits(path: str, patterns: list[str]) -> bool:
    return any(fnmatch(path, pattern) for pattern in patterns)


def is_elf(file: Path) -> bool:
    with file.open("rb") as opened:
        return opened.read(4) == b"\x7fELF"


def remove_empty(site: Path, paths: Iterable[str]) -> None:
    """Remove the folders that removed files leave empty: each looked at once, the inner ones first."""
    folders = {folder for path in paths for folder in Path(path).parents if folder != Path()}
    for folder in sorted(folders, key=lambda folder: len(folder.parts), reverse=True):
        with suppress(OSError):  # it still holds something
            (site / folder).rmdir()


def link(wheel: Wheel, paths: list[str]) -> Iterator[int]:
    """Make equal files hard links of the first; RECORD stays true, as the content does not change."""
    first: dict[tuple[str, str], Path] = {}
    for path in paths:
        file = wheel.site / path
        original = first.setdefault(wheel.files[path], file)
        if original is not file and not original.samefile(file):
            yield file.stat().st_size
            file.unlink()
            os.link(original, file)


def apply(rule: dict[str, Any], wheel: Wheel, strip: str) -> list[int]:
    """What one rule saves in one wheel: bytes for each file it changed."""
    but = rule["but"]
    gone = wheel.matching(rule["remove"], but)
    saved = [wheel.remove(path) for path in gone]
    remove_empty(wheel.site, gone)
    with ThreadPoolExecutor() as pool:
        saved += pool.map(lambda path: wheel.strip(path, strip), wheel.matching(rule["strip"], but))
    saved += link(wheel, wheel.matching(rule["link"], but))
    return [size for size in saved if size]


def main(rules: Path, site: Path, strip: str, report: Path) -> None:
    """Apply every rule to every wheel it names."""
    wheels = [Wheel(info) for info in sorted(site.glob("*.dist-info"))]
    done = {}
    for rule in json.loads(rules.read_text()):
        named = [wheel for wheel in wheels if fits(wheel.name, rule["wheels"])]
        saved = [size for wheel in named for size in apply(rule, wheel, strip)]
        done[rule["name"]] = {"files": len(saved), "bytes": sum(saved)}
        for wheel in named:
            wheel.write_record()
        print(f"slim: {rule['name']}: {len(saved)} files, {sum(saved) / 1e6:.0f} MB saved", flush=True)
    report.parent.mkdir(parents=True, exist_ok=True)
    report.write_text(json.dumps(done, indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], Path(sys.argv[4]))
