"""Files that are whole or not there: written beside their place and moved into it at the end."""

import os
import tempfile
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def replacing(path):
    """A path beside `path` to write to, of the same suffixes; it takes its place when the block ends well and goes when it does not.

    Raises FileNotFoundError where the folder does not exist.
    """
    path = Path(path)
    # The start of the name only: Korean names of 80 syllables reach the 255 bytes that file systems allow.
    prefix, suffix = f".{path.name[:16]}.unfinished.", "".join(path.suffixes[-2:])[-12:]
    try:
        handle, temporary = tempfile.mkstemp(suffix, prefix, path.parent)
    except FileNotFoundError:
        raise FileNotFoundError(f"The folder of an output file has to exist. Received: {path}. Create {path.parent} first.") from None
    os.close(handle)
    try:
        yield Path(temporary)
        with open(temporary, "rb+") as stream:
            os.fsync(stream.fileno())
        os.chmod(temporary, 0o666 & ~_umask())
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


@contextmanager
def replacing_file(path):
    """`replacing` for those who want a binary stream."""
    with replacing(path) as temporary, open(temporary, "wb") as stream:
        yield stream


def replace_file(path, contents):
    """Write text (UTF-8, as it is) or bytes to `path`, so that no reader ever sees half of it."""
    with replacing_file(path) as stream:
        stream.write(contents.encode("utf-8") if isinstance(contents, str) else contents)


def _umask():
    """The process's umask; reading it means setting it."""
    mask = os.umask(0)
    os.umask(mask)
    return mask
