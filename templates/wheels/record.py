"""Make RECORD say what a wheel brought, where the wheel's own does not: record.py LOCK SITE.

Some wheels were changed after their RECORD was written (libraries relinked, for one), and two may bring the
same file. Runs after the wheels of a lock were installed; a file is looked at again where its size is not the
listed one.
"""

import base64
import csv
import hashlib
import re
import sys
from pathlib import Path


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def listed(file: Path) -> list[str]:
    """A file's hash and size, as RECORD has them."""
    content = file.read_bytes()
    digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
    return [f"sha256={digest}", str(len(content))]


def mend(record: Path) -> list[str]:
    """The paths that were listed with another size; now with their own."""
    with record.open(newline="") as file:
        rows = list(csv.reader(file))
    site, wrong = record.parents[1], []
    for row in rows:
        file = site / row[0]
        if row[2] and file.is_file() and file.stat().st_size != int(row[2]):
            row[1:] = listed(file)
            wrong.append(row[0])
    if wrong:
        with record.open("w", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows(rows)
    return wrong


def main(lock: Path, site: Path) -> None:
    names = {normal(name) for name in re.findall(r"(?m)^([A-Za-z0-9._-]+)==", lock.read_text())}
    for info in sorted(site.glob("*.dist-info")):
        if normal(info.name.split("-")[0]) in names and (wrong := mend(info / "RECORD")):
            print(f"record: {info.name} lists {', '.join(wrong)} as they were before", flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
