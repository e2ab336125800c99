"""What may be opened at all: plain files, no pipe that never ends, and of a folder only its own."""

import os
import stat
from pathlib import Path

KINDS = ((stat.S_ISDIR, "a folder"), (stat.S_ISFIFO, "a named pipe"), (stat.S_ISSOCK, "a socket"), (lambda mode: True, "a device"))


class DamagedFileError(ValueError):
    """A file is damaged, of another kind, or declares what it does not hold; the message has the rule, the file and the fix."""


def open_plain(path, most_bytes=None):
    """A binary stream of a plain file of at most `most_bytes`; a pipe or device is not waited for.

    Raises DamagedFileError for anything else, FileNotFoundError and other OSErrors as `open` does.
    """
    try:
        _check_plain(os.stat(path), path)  # before opening: to open a device can do something
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0))
    except ValueError as error:
        if isinstance(error, DamagedFileError):
            raise
        raise DamagedFileError(f"A path has no NUL. Received: {str(path)!r}. Give another path.") from None
    stream = os.fdopen(handle, "rb")
    try:
        status = os.fstat(handle)
        _check_plain(status, path)
        if most_bytes is not None and status.st_size > most_bytes:
            raise DamagedFileError(
                f"A file of this kind has at most {most_bytes:,} bytes. Received: {path}, {status.st_size:,} bytes. Look at what it is."
            )
    except BaseException:
        stream.close()
        raise
    return stream


def read_plain(path, most_bytes):
    """The bytes of a plain file, at most so many. Raises as `open_plain`."""
    with open_plain(path, most_bytes) as stream:
        return stream.read(most_bytes)  # one that grows meanwhile is cut here, and is told by its reader


def read_plain_text(path, what):
    """The text of a plain file in UTF-8, with a byte order mark or without. what: what it is, for the message. Raises as `open_plain`."""
    with open_plain(path) as stream:
        try:
            return stream.read().decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise DamagedFileError(f"{what} is UTF-8 text. Received: {path}, {error}. Convert it: iconv -f cp949 -t utf-8.") from None


def own_file(folder, name):
    """The path of a file of the folder by its plain name, no link that leads out. Raises DamagedFileError; the file may be absent."""
    folder = Path(folder)
    plain = isinstance(name, str) and name not in ("", ".", "..") and name.isprintable() and not set(name) & set("/\\:\0")
    if not plain:
        raise DamagedFileError(
            f"A folder names its own files, without a path. Received: {folder} with {str(name)[:99]!r}. Remove it."
        )
    try:
        inside = (folder / name).resolve().parent == folder.resolve()
    except (RuntimeError, OSError, ValueError):  # links in a circle, names that the system does not take
        inside = False
    if not inside:
        raise DamagedFileError(
            f"The files of a folder lie in it. Received: {folder / name}, a link that leads out. Copy with cp -rL."
        )
    return folder / name


def _check_plain(status, path):
    if not stat.S_ISREG(status.st_mode):
        kind = next(name for holds, name in KINDS if holds(status.st_mode))
        raise DamagedFileError(f"What is read is a plain file. Received: {path}, {kind}. Give the path of a file.")
