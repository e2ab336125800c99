"""Tensors of a checkpoint as PyTorch wrote it before 1.6: pickles one behind the other, then the numbers of each storage.

A magic number, the version, facts of the machine, what was saved, the keys of its storages; then of each storage, in the order of the keys,
how many numbers it has and these. The pickles go through the machine of torch_zip.py: nothing in them is imported, called or executed.
"""

import io
from math import prod

import numpy as np

from ocr_crnn.untrusted.plain import DamagedFileError, open_plain
from ocr_crnn.untrusted.torch_zip import MOST_PICKLE, TYPES, place_tensor, tensors_of, unpickle

BEGIN = b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19."  # the pickled magic number
VERSION = 1001


def read_torch_legacy(path):
    """`{name: array}`, as `torch_zip.read_torch_zip`. Raises DamagedFileError, and OSError as `open` does."""
    with open_plain(path) as stream:
        try:
            return _read(stream)
        except (ValueError, TypeError, AttributeError, IndexError, KeyError, OverflowError, RecursionError) as error:
            raise DamagedFileError(
                "A checkpoint of PyTorch before 1.6 is pickles of tensors and plain settings, and their numbers. Received: "
                f"{path}: {' '.join(str(error).split()).rstrip('.')[:300] or type(error).__name__}. "
                "Download it again, from those who published it."
            ) from None


def _read(stream):
    size = stream.seek(0, 2)
    stream.seek(0)
    pickles = io.BytesIO(stream.read(MOST_PICKLE))
    if pickles.read(len(BEGIN)) != BEGIN:
        raise ValueError("another beginning than the magic number")
    version, machine, saved, keys = (unpickle(pickles) for _ in range(4))
    if version != VERSION or not isinstance(machine, dict) or machine.get("little_endian") is not True:
        raise ValueError(f"version {version!r:.20}, or numbers of another byte order than little")
    stored = tensors_of(saved)
    kinds = {x.key: (np.dtype(TYPES[x.kind]), x.count, x.kind) for x in stored.values()}
    if not isinstance(keys, list) or not all(type(key) is str for key in keys) or len(set(keys)) < len(keys):
        raise ValueError("keys of storages that are no text, or given twice")
    if sum(prod(x.shape) * kinds[x.key][0].itemsize for x in stored.values()) > 2 * size:
        raise ValueError(f"tensors of more than twice the {size:,} bytes of the file")
    stream.seek(pickles.tell())
    storages = {}
    for key in keys:
        if key not in kinds:
            raise ValueError(f"the storage {key[:40]!r}, which no tensor is in")
        dtype, count, kind = kinds[key]
        wanted, said = count * dtype.itemsize, stream.read(8)
        held = int.from_bytes(said, "little")
        if len(said) < 8 or held != count or wanted > size:
            raise ValueError(f"{held:,} numbers in a storage of {count:,}")
        contents = stream.read(wanted)
        if len(contents) < wanted:
            raise ValueError(f"an end within a storage: {len(contents):,} of {wanted:,} bytes")
        numbers = np.frombuffer(contents, dtype)
        storages[key] = (numbers.astype("<u4") << 16).view("<f4") if kind == "BFloat16Storage" else numbers
    return {name: place_tensor(storages[x.key], x) for name, x in stored.items()}
