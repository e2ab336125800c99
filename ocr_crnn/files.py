"""Files that are whole or not there: written beside their place and moved into it at the end.

What is not finished yet is in a folder `.NAME.unfinished.XXXXXXXX`, which is locked by the process that writes. A process that is killed
leaves it there without the lock, and `sweep` removes it. (Not the file itself is locked: HDF5 locks its files.)
"""

import os
import re
import shutil
import tempfile
import time
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None

UNFINISHED = re.compile(r"\..*\.unfinished\.[a-z0-9_]{8}(\..*)?", re.DOTALL)
LEFT_S = 24 * 3600  # where the system has no locks, what is older than this is taken for left


@contextmanager
def replacing(path):
    """A path to write to, of the same name as `path`; it takes its place when the block ends well and goes when it does not.

    Raises FileNotFoundError where the folder does not exist.
    """
    path = Path(path)
    if is_unfinished(path.parent.name):
        yield from _whole_or_gone(path)
        return
    with ExitStack() as stack:
        try:
            folder = stack.enter_context(unfinished_folder(path.parent, path.name))
        except FileNotFoundError:
            raise FileNotFoundError(f"The folder of an output file has to exist. Received: {path}. Create {path.parent} first.") from None
        temporary = folder / path.name
        temporary.touch()
        yield temporary
        with open(temporary, "rb+") as stream:
            os.fsync(stream.fileno())
        move(temporary, path)


def _whole_or_gone(path):
    """As `replacing` in a folder of `unfinished_folder`, where nobody looks before all is written."""
    path.touch()
    try:
        yield path
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    with open(path, "rb+") as stream:
        os.fsync(stream.fileno())


@contextmanager
def replacing_file(path):
    """`replacing` for those who want a binary stream."""
    with replacing(path) as temporary, open(temporary, "wb") as stream:
        yield stream


def replace_file(path, contents):
    """Write text (UTF-8, as it is) or bytes to `path`, so that no reader ever sees half of it."""
    with replacing_file(path) as stream:
        stream.write(contents.encode("utf-8") if isinstance(contents, str) else contents)


@contextmanager
def unfinished_folder(parent, name):
    """A folder in `parent` for what becomes `name`, removed at the end of the block unless it was moved away."""
    lock, folder = _make_locked(parent, name)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        _unlock(lock)


def move(source, path):
    """Give a finished file or folder its name, on the disk too: after a power failure it has the old name or the new one.

    A folder becomes as open to others as folders are here, and its files are on the disk before.
    """
    if os.path.isdir(source):
        for file in filter(Path.is_file, Path(source).rglob("*")):
            with _opened(file) as handle, suppress(OSError):  # Windows syncs no file that is opened for reading
                os.fsync(handle)
        os.chmod(source, 0o777 & ~_umask())
    os.replace(source, path)
    sync_folder(Path(path).parent)


def sync_folder(folder):
    """Have the names in a folder on the disk."""
    if fcntl is not None:  # Windows opens no folders
        with suppress(OSError), _opened(folder) as handle:
            os.fsync(handle)


def sweep(folder):
    """Remove what killed processes have left unfinished in a folder, not below it; that of living ones stays."""
    with suppress(FileNotFoundError, NotADirectoryError, PermissionError), os.scandir(folder) as entries:
        for entry in [entry for entry in entries if is_unfinished(entry.name)]:
            if entry.is_dir(follow_symlinks=False) or entry.is_file(follow_symlinks=False):
                with suppress(OSError):  # another process sweeps too
                    _sweep_entry(Path(entry.path))


def is_unfinished(name):
    """Whether a file of this name would be taken for one that is being written."""
    return UNFINISHED.fullmatch(name) is not None


def real_path(path):
    """Where a path leads; `Path.resolve` ends at a link that leads back to itself with an error of its own."""
    return Path(os.path.realpath(path))


@contextmanager
def locked(folder):
    """Nobody else is in such a block for the same folder meanwhile; where the system has no such locks, others may be."""
    if fcntl is None:
        yield
        return
    with _opened(folder) as handle:
        with suppress(OSError):
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _make_locked(parent, name):
    """`(lock, path)` of a new folder."""
    while True:
        # The start of the name only: Korean names of 80 syllables reach the 255 bytes that file systems allow.
        path = Path(tempfile.mkdtemp("", f".{name[:16]}.unfinished.", parent))
        if fcntl is None:
            return None, path
        try:
            handle = os.open(path, os.O_RDONLY)
        except FileNotFoundError:  # swept before it was locked
            continue
        with suppress(OSError):  # a file system without locks
            fcntl.flock(handle, fcntl.LOCK_EX)
        if _is_at(path, handle):
            return handle, path
        os.close(handle)


def _unlock(handle):
    if handle is not None:
        os.close(handle)


def _sweep_entry(path):
    if fcntl is None:
        if time.time() - path.stat().st_mtime > LEFT_S:
            _remove(path)
        return
    with _opened(path, os.O_NOFOLLOW | os.O_NONBLOCK) as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        except OSError:
            if time.time() - os.fstat(handle).st_mtime <= LEFT_S:
                return
        if _is_at(path, handle):  # under the lock: whoever is about to lock it looks again
            _remove(path)


def _remove(path):
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink()


@contextmanager
def _opened(path, flags=0):
    handle = os.open(path, os.O_RDONLY | flags)
    try:
        yield handle
    finally:
        os.close(handle)


def _is_at(path, handle):
    try:
        return os.path.samestat(os.stat(path, follow_symlinks=False), os.fstat(handle))
    except FileNotFoundError:
        return False


def _umask():
    """The process's umask; reading it means setting it."""
    mask = os.umask(0)
    os.umask(mask)
    return mask
