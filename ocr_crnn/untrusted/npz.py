"""Arrays of an .npz file: headers first, bounds from what the file can hold, never a pickle.

np.load would allocate what a header declares: 36 TiB in a file of a kilobyte, or 5 GB of zeros packed into 23 MB.
"""

import math
import re
import zipfile
import zlib
from typing import NamedTuple

import numpy as np

from ocr_crnn.untrusted.plain import DamagedFileError, open_plain

MOST_MEMBERS = 20_000
MOST_HEADER = 2_000  # bytes of a member's header; NumPy writes about a hundred
ROOM, RATIO = 1 << 26, 16  # all arrays together hold at most ROOM and RATIO times the bytes of the file: zeros of a new network pack well
# Booleans, whole numbers, real numbers and text, of at most sixteen dimensions.
HEADER = re.compile(
    r"\{'descr': '(?P<dtype>\|b1|\|[iu]1|[<>][iu][248]|[<>]f[248]|[<>]U[1-9]\d{0,7})', 'fortran_order': (?P<fortran>True|False), "
    r"'shape': \((?P<shape>(\d{1,15},|\d{1,15}(, \d{1,15}){1,15})?)\), \}\s*"
)
CHUNK_BYTES = 1 << 20


class Declared(NamedTuple):
    """What the header of a member says, held against the size of the member."""

    shape: tuple
    dtype: np.dtype
    fortran: bool  # whether the first axis runs fastest


class Npz:
    """An open .npz. declared: `{name: Declared}` of all its arrays."""

    def __init__(self, path, stream, archive, declared):
        self.path, self._stream, self._archive, self.declared = path, stream, archive, declared

    def read(self, name):
        """The array of this name. Raises DamagedFileError where its bytes are damaged."""
        shape, dtype, fortran = self.declared[name]
        contents = np.empty(math.prod(shape) * dtype.itemsize, np.uint8)
        try:
            with self._archive.open(f"{name}.npy") as stream:
                _read_header(stream)
                _fill(stream, memoryview(contents))
            return contents.view(dtype).reshape(shape, order="F" if fortran else "C")
        except DAMAGES as error:
            raise _damaged(self.path, f"{name[:80]}: {_words(error)}") from None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._archive.close()
        self._stream.close()


DAMAGES = (ValueError, KeyError, EOFError, OSError, OverflowError, NotImplementedError, RuntimeError, zipfile.BadZipFile, zlib.error)


def open_npz(path):
    """An Npz whose headers are those of plain arrays and fit the sizes of its members. Use it in `with`.

    Raises DamagedFileError for anything else, and OSError as `open` does.
    """
    stream = open_plain(path)
    try:
        size = stream.seek(0, 2)
        archive = zipfile.ZipFile(stream)
        infos = archive.infolist()
        if len(infos) > MOST_MEMBERS:
            raise ValueError(f"{len(infos):,} arrays, more than {MOST_MEMBERS:,}")
        declared, room = {}, ROOM + RATIO * size
        for info in infos:
            name = info.filename.removesuffix(".npy")
            if name in declared or name == info.filename:
                raise ValueError(f"the member {info.filename[:80]!r}, no array or one of two of this name")
            declared[name] = _declared(archive, info)
            room -= math.prod(declared[name].shape) * declared[name].dtype.itemsize
            if room < 0:
                raise ValueError(f"arrays of more than {ROOM + RATIO * size:,} bytes in a file of {size:,}")
        return Npz(path, stream, archive, declared)
    except DAMAGES as error:
        stream.close()
        raise _damaged(path, _words(error)) from None
    except BaseException:
        stream.close()
        raise


def _declared(archive, info):
    """What a member's header says. Raises ValueError where it does not say the size of the member."""
    if info.flag_bits & 1 or info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise ValueError(f"{info.filename[:80]!r} is encrypted or packed in a way that NumPy does not write")
    with archive.open(info) as stream:
        header = _read_header(stream)
        place = stream.tell()
    if place + math.prod(header.shape) * header.dtype.itemsize != info.file_size:
        raise ValueError(f"{info.filename[:80]!r} declares the shape {_short(header.shape)} of {header.dtype} in {info.file_size:,} bytes")
    return header


def _fill(stream, contents):
    """Read all of a member, whose checksum is compared at its end."""
    place = 0
    while piece := stream.read(CHUNK_BYTES):
        if place + len(piece) > len(contents):
            break
        contents[place : place + len(piece)] = piece
        place += len(piece)
    if piece or place != len(contents):
        raise ValueError("its size is not that of its header")


def _read_header(stream):
    """What stands before the numbers, read by its form: NumPy would evaluate it."""
    magic = stream.read(8)
    length = {b"\x93NUMPY\x01\x00": 2, b"\x93NUMPY\x02\x00": 4}.get(magic)
    size = int.from_bytes(stream.read(length), "little") if length else 0
    found = HEADER.fullmatch(stream.read(size).decode("latin-1")) if size <= MOST_HEADER else None
    if found is None:
        raise ValueError("a member that is no array of numbers or text")
    shape = tuple(map(int, re.findall(r"\d+", found["shape"])))
    return Declared(shape, np.dtype(found["dtype"]), found["fortran"] == "True")


def _short(shape):
    return str(tuple(shape))[:80]


def _words(error):
    return " ".join(str(error).split())[:300] or type(error).__name__


def _damaged(path, why):
    return DamagedFileError(
        f"A file of arrays is a whole .npz as NumPy writes it, without objects. Received: {path}: {why.rstrip('.')}. "
        "Copy it again, or write it anew."
    )
