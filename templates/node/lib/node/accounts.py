"""The account of the developer, who works in the node as `dev`."""

import os
import pwd


def dev_account() -> tuple[int, int]:
    """Return (uid, gid) of dev, or of this process where the image has no such user."""
    try:
        entry = pwd.getpwnam("dev")
    except KeyError:
        return os.geteuid(), os.getegid()
    return entry.pw_uid, entry.pw_gid
