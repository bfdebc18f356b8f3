"""Small file operations that set owner and mode before the first byte is in the file."""

import contextlib
import os
import stat


def write(path: str, data: bytes | str, mode: int = 0o644, owner: tuple[int, int] | None = None) -> None:
    """Write `data` to `path` in one step: readers see the old file or the whole new one.

    `owner` is (uid, gid); it is ignored when the process is not root. Errors: OSError.
    """
    content = data.encode("utf-8", "surrogateescape") if isinstance(data, str) else data
    new = f"{path}.{os.getpid()}.new"
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(descriptor, mode)  # before fchown: afterwards it would take CAP_FOWNER
            if owner is not None and os.geteuid() == 0:
                os.fchown(descriptor, *owner)
            file.write(content)
    except OSError as error:
        os.unlink(new)
        raise OSError(error.errno, error.strerror, path) from error
    os.replace(new, path)


def read(path: str) -> str:
    """Return the text of `path` without surrounding white space. Errors: OSError, UnicodeDecodeError."""
    with open(path, encoding="utf-8") as file:
        return file.read().strip()


def read_or(path: str, default: str = "") -> str:
    """Return the text of `path`, or `default` where the file does not exist."""
    try:
        return read(path)
    except FileNotFoundError:
        return default


def mkdir(path: str, mode: int = 0o755, owner: tuple[int, int] | None = None) -> None:
    """Create the directory if it does not exist, and set its mode and owner. Errors: OSError.

    An existing directory of another owner keeps its mode: only its owner may change it, also on a volume
    that the node may write as a member of its group.
    """
    os.makedirs(path, exist_ok=True)
    if stat.S_IMODE(os.stat(path).st_mode) != mode:
        with contextlib.suppress(PermissionError):
            os.chmod(path, mode)
    if owner is not None and os.geteuid() == 0:
        os.chown(path, *owner)


def empty(directory: str) -> None:
    """Remove everything in `directory`, but not the directory itself, which may be a mount."""
    for entry in os.scandir(directory) if os.path.isdir(directory) else ():
        if entry.is_dir(follow_symlinks=False):
            empty(entry.path)
            os.rmdir(entry.path)
        else:
            os.unlink(entry.path)


def copy_tree(source: str, target: str) -> None:
    """Copy files and directories with their modes; the copies belong to this process's user."""
    os.makedirs(target, exist_ok=True)
    for entry in os.scandir(source):
        copy = f"{target}/{entry.name}"
        if entry.is_dir():
            copy_tree(entry.path, copy)
            continue
        with open(entry.path, "rb") as file:
            write(copy, file.read(), stat.S_IMODE(entry.stat().st_mode))
