"""Runs inside a container of the image: its files as a tree of sizes, JSON on stdout.

A node is [bytes, {name: node}]; hard links count once; what is below the limit (bytes, the argument) is
folded into its parent.
"""

import json
import os
import sys

Node = tuple[int, dict[str, "Node"]]


def walk(folder: str, limit: int, seen: set[int], device: int) -> Node:
    total, children = 0, {}
    for entry in sorted(os.scandir(folder), key=lambda e: e.name):
        status = entry.stat(follow_symlinks=False)
        if status.st_dev != device or (status.st_nlink > 1 and not entry.is_dir(follow_symlinks=False)):
            if status.st_dev != device or status.st_ino in seen:
                continue
            seen.add(status.st_ino)
        node: Node = (status.st_size, {})
        if entry.is_dir(follow_symlinks=False):
            node = walk(entry.path, limit, seen, device)
        total += node[0]
        if node[0] >= limit:
            children[entry.name] = node
    return total, children


if __name__ == "__main__":
    print(json.dumps(walk("/", int(sys.argv[1]), set(), os.lstat("/").st_dev)))
