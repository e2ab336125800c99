"""Members of zips of which nothing is known: bounds on what comes out, and one error whatever is wrong."""

import lzma
import struct
import zipfile
import zlib

from ocr_crnn.untrusted.plain import DamagedFileError, open_plain

# What zipfile raises for damage, encryption, an unknown packing, names that are none, and the packers for damaged bytes.
DAMAGES = (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, OSError, ValueError, KeyError, OverflowError, zlib.error)
DAMAGES += (lzma.LZMAError, struct.error)
JOIN_PARTS = "ls -v NAME.zip.part* | xargs -d '\\n' cat > NAME.zip"  # in the order of their numbers: part10 is behind part2


def open_zip(path):
    """A ZipFile of a plain file. Raises DamagedFileError, and OSError as `open` does."""
    stream = open_plain(path)
    try:
        return zipfile.ZipFile(stream)
    except DAMAGES as error:
        size = stream.seek(0, 2)
        stream.close()
        raise DamagedFileError(
            f"An archive has to be a whole zip. Received: {path} ({size} bytes): {_words(error)}. "
            f"Download it again; parts named .zip.part0, .zip.part1 … are joined first: {JOIN_PARTS}."
        ) from error


def open_member(archive, name, most_bytes, where):
    """A binary stream of a member that says it holds at most `most_bytes`; what it reads may raise any of DAMAGES.

    where: of the member, for the message. Raises DamagedFileError.
    """
    try:
        return _open_info(archive, archive.getinfo(name), most_bytes)
    except DAMAGES as error:
        raise damaged(where, error) from error


def _open_info(archive, info, most_bytes):
    if info.file_size > most_bytes:  # zipfile gives no more than that
        raise ValueError(f"{info.file_size:,} bytes unpacked, more than {most_bytes:,}")
    return archive.open(info)


def read_member(archive, name, most_bytes, where):
    """The bytes of a member, whose checksum is compared. Raises DamagedFileError."""
    with open_member(archive, name, most_bytes, where) as stream:
        try:
            return stream.read()
        except DAMAGES as error:
            raise damaged(where, error) from error


def read_info(archive, info, most_bytes, where):
    """The bytes of a member by its ZipInfo, for whoever reads one after the other. Raises DamagedFileError."""
    try:
        with _open_info(archive, info, most_bytes) as stream:
            return stream.read()
    except DAMAGES as error:
        raise damaged(where, error) from error


def damaged(where, error):
    """The DamagedFileError of a member."""
    return DamagedFileError(f"A zip member has to be whole and plain. Received: {where}: {_words(error)}. Download the archive again.")


def _words(error):
    return " ".join(str(error).split())[:300].rstrip(".") or type(error).__name__
