"""Tensors of a .safetensors file: eight bytes for the length of a JSON header, the header, the numbers. Nothing in it is executed."""

import struct
from math import prod

import numpy as np

from ocr_crnn.untrusted.json_text import parse_json
from ocr_crnn.untrusted.plain import DamagedFileError, open_plain

MOST_HEADER = 1 << 24  # bytes; CLIP's has 70,000
MOST_AXES = 8
# BF16 is the upper half of a float32; NumPy has no such type.
TYPES = {
    "F64": "<f8", "F32": "<f4", "F16": "<f2", "BF16": "<u2", "I64": "<i8", "I32": "<i4", "I16": "<i2", "I8": "i1", "U8": "u1", "BOOL": "?",
}  # fmt: skip


def read_safetensors(path):
    """`{name: array}` of a file, BF16 as float32. The arrays take as much memory as the file, BF16 twice that.

    Raises DamagedFileError, and OSError as `open` does.
    """
    with open_plain(path) as stream:
        try:
            return _read(stream, stream.seek(0, 2))
        except (ValueError, KeyError, TypeError) as error:
            raise DamagedFileError(
                f"A .safetensors file is a header and the tensors it names. Received: {path}: {str(error)[:300]} Download it again."
            ) from None


def _read(stream, size):
    stream.seek(0)
    prefix = stream.read(8)
    length = struct.unpack("<Q", prefix)[0] if len(prefix) == 8 else 0
    if not 2 <= length <= min(MOST_HEADER, size - 8):
        raise ValueError(f"a header of {length:,} bytes in a file of {size:,}.")
    header, begin = parse_json(stream.read(length), MOST_HEADER), 8 + length
    header.pop("__metadata__", None)
    spans = {name: _check(name, said, size - begin) for name, said in header.items()}
    taken = 0
    for name, (first, last) in sorted(spans.items(), key=lambda item: item[1]):
        if first < taken:
            raise ValueError(f"{name[:80]!r} lies over another tensor.")
        taken = last
    tensors = {}
    for name, (first, last) in spans.items():
        stream.seek(begin + first)
        kind = header[name]["dtype"]
        array = np.frombuffer(stream.read(last - first), TYPES[kind]).reshape(header[name]["shape"])
        tensors[name] = (array.astype("<u4") << 16).view("<f4") if kind == "BF16" else array
    return tensors


def _check(name, said, room):
    """Where a tensor begins and ends, if its type, its shape and its place agree and lie in the file."""
    kind, shape, (first, last) = said["dtype"], said["shape"], said["data_offsets"]
    if not isinstance(kind, str) or kind not in TYPES:
        raise ValueError(f"{name[:80]!r} of the type {str(kind)[:40]}.")
    if not isinstance(shape, list) or len(shape) > MOST_AXES or not all(type(n) is int and n >= 0 for n in (*shape, first, last)):
        raise ValueError(f"{name[:80]!r} of the shape {str(shape)[:80]} at {str(said['data_offsets'])[:80]}.")
    if not first <= last <= room or last - first != prod(shape) * np.dtype(TYPES[kind]).itemsize:
        raise ValueError(f"{name[:80]!r} of the shape {str(shape)[:80]} in bytes {first:,} to {last:,} of {room:,}.")
    return first, last
