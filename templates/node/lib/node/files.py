"""Small file operations that set owner and mode before the first byte is in the file."""

import contextlib
import os
import stat
from collections.abc import Iterator


def write(path: str, data: bytes | str, mode: int = 0o644, owner: tuple[int, int] | None = None) -> None:
    """Write `data` to `path` in one step: readers see the old file or the whole new one.

    `owner` is (uid, gid); it is ignored when the process is not root. Errors: OSError.
    """
    content = data.encode("utf-8", "surrogateescape") if isinstance(data, str) else data
    new = f"{path}.{os.urandom(8).hex()}.new"  # of a boot that was killed, another one may be left
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


def renew(path: str) -> None:
    """Make `path`, which may be a mount, an empty directory of this user's. Errors: OSError."""
    if os.path.islink(path) or (os.path.lexists(path) and not os.path.isdir(path)):
        os.unlink(path)
    os.makedirs(path, exist_ok=True)
    with opened(path) as directory:
        own(directory, 0o755)
        empty(directory)


def claim(path: str, mode: int) -> list[str]:
    """Make a directory on a volume root's own with all that is in it; return the names of what was removed.

    Whoever has the volume may have planted links, devices or sockets there, through which root would read or
    write elsewhere: only plain files and directories stay. A node of another user has nothing to lose: it
    opens only what that user may open anyway. Errors: OSError.
    """
    os.makedirs(path, exist_ok=True)
    with opened(path) as directory:
        own(directory, mode)
        return list(plain_files_only(directory)) if os.geteuid() == 0 else []


@contextlib.contextmanager
def opened(path: str, directory: int | None = None) -> Iterator[int]:
    """Open a directory and follow no link to it. Errors: OSError."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=directory)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def own(descriptor: int, mode: int) -> None:
    """Take a file or directory for root, and set its mode; as another user only what is that user's."""
    status = os.fstat(descriptor)
    if os.geteuid() == 0 and status.st_uid != 0:
        os.fchown(descriptor, 0, -1)
    if stat.S_IMODE(status.st_mode) != mode:
        with contextlib.suppress(PermissionError):
            os.fchmod(descriptor, mode)


def plain_files_only(directory: int) -> Iterator[str]:
    """Give root what is plain in an open directory, remove everything else, and yield its names."""
    for name in os.listdir(directory):
        status = os.stat(name, dir_fd=directory, follow_symlinks=False)
        if stat.S_ISDIR(status.st_mode):
            with opened(name, directory) as inner:
                own(inner, stat.S_IMODE(status.st_mode) & 0o755)
                yield from plain_files_only(inner)
        elif stat.S_ISREG(status.st_mode) and status.st_nlink == 1:
            if status.st_uid != 0:
                os.chown(name, 0, -1, dir_fd=directory, follow_symlinks=False)
        else:
            os.unlink(name, dir_fd=directory)
            yield name


def empty(directory: int) -> None:
    """Remove everything in an open directory."""
    for name in os.listdir(directory):
        if stat.S_ISDIR(os.stat(name, dir_fd=directory, follow_symlinks=False).st_mode):
            with opened(name, directory) as inner:
                empty(inner)
            os.rmdir(name, dir_fd=directory)
        else:
            os.unlink(name, dir_fd=directory)


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
