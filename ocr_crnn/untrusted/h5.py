"""HDF5 files of which nothing is known: they hold their data themselves, and no more of it than they have room for.

HDF5 follows links into other files and reads weights from any file of the system as "external storage"; it allocates what a header
declares, 5 GB in a file of 15 kB. So every object is looked at before one is read.
"""

import math
import mmap
from contextlib import contextmanager

from ocr_crnn.untrusted.plain import DamagedFileError, open_plain

ROOM, RATIO = 1 << 26, 16  # all data together take at most ROOM and RATIO times the bytes of the file, for it may be packed
MOST_OBJECTS = 50_000
MOST_NAMES = 20_000  # elements of an attribute
HEAP_VERSION = 1  # HDF5 does not look at the three bytes behind it
MOST_HEAPS = 1 << 24  # bytes of all heaps; the names of layers take some thousand
FILTERS = (1, 2, 3, 32000)  # deflate, shuffle, checksum, LZF: those that come with h5py


@contextmanager
def open_h5(path):
    """An h5py.File, read only, all of whose data are numbers and texts of fixed length within it.

    Raises DamagedFileError for any other file and for whatever is wrong with one inside the block; OSError where the system refuses.
    """
    import h5py

    with open_plain(path) as stream:
        size = stream.seek(0, 2)
        try:
            longest = _longest_text(stream, size)
        except ValueError as error:
            raise _damaged(path, size, error) from None
    try:
        with h5py.File(path, "r") as file:
            if file.id.get_create_plist().get_sizes() != (8, 8):  # what its heaps have been walked through by
                raise ValueError("its places and lengths are no numbers of 8 bytes")
            _check_objects(h5py, file, size, longest)
            yield file
    except DamagedFileError:
        raise
    except (OSError, KeyError, RuntimeError, TypeError, ValueError, AttributeError, OverflowError, RecursionError) as error:
        raise _damaged(path, size, error) from error


def _damaged(path, size, error):
    return DamagedFileError(
        f"A file of weights is a whole HDF5 file that holds its data itself. Received: {path}, {size:,} bytes: "
        f"{' '.join(str(error).split())[:300].rstrip('.')}. Copy or download it again."
    )


def count_numbers(file):
    """How many numbers an open file holds."""
    counted = []
    file.visititems(lambda name, item: counted.append(math.prod(item.shape)) if hasattr(item, "shape") else None)
    return sum(counted)


def _longest_text(stream, size):
    """A bound on the texts of any length in a file: the largest of its heaps. Texts may all be the same one, so their number is none.

    Raises ValueError for a heap whose parts do not fill it: HDF5 would go around in it for ever.
    """
    longest, place, room = 0, -1, MOST_HEAPS
    if size:
        with mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as contents:
            for _ in range(MOST_OBJECTS):
                place = contents.find(b"GCOL", place + 1, -12)
                if place < 0:
                    return longest
                length = int.from_bytes(contents[place + 8 : place + 16], "little")
                if contents[place + 4] == HEAP_VERSION:  # else HDF5 refuses it: four letters among the weights
                    room -= length
                    if room < 0:
                        raise ValueError(f"heaps of more than {MOST_HEAPS:,} bytes")
                    _walk_heap(contents[place : place + length], length)
                longest = max(longest, min(length, size))
    return size


def _walk_heap(heap, length):
    """Raises ValueError where a part of a global heap (HDF5 file format, III.E) has no length, or more than is left."""
    place = 16
    while len(heap) - place >= 16:
        number, taken = int.from_bytes(heap[place : place + 2], "little"), int.from_bytes(heap[place + 8 : place + 16], "little")
        step = taken if number == 0 else 16 + (taken + 7) // 8 * 8  # number 0 is free room, and counts its own head
        if step < 16 or step > length - place:
            raise ValueError(f"a heap of {length:,} bytes with a part of {taken:,}")
        place += step


def _check_objects(h5py, file, size, longest):
    seen, left, room = set(), [file], ROOM + RATIO * size
    while left:
        group = left.pop()
        _check_attributes(group, size, longest)
        for name in group:
            if not isinstance(group.get(name, getlink=True), h5py.HardLink):
                raise ValueError(f"{name[:80]!r} leads elsewhere")
            item = group[name]
            address = h5py.h5o.get_info(item.id).addr
            if address in seen:
                continue
            seen.add(address)
            if len(seen) > MOST_OBJECTS:
                raise ValueError(f"more than {MOST_OBJECTS:,} objects")
            if isinstance(item, h5py.Group):
                left.append(item)
            elif isinstance(item, h5py.Dataset):
                _check_attributes(item, size, longest)
                room -= _check_data(h5py, item, size)
                if room < 0:
                    raise ValueError(f"data of more than {ROOM + RATIO * size:,} bytes")
            else:
                raise ValueError(f"{name[:80]!r} is neither data nor a group of them")


def _check_data(h5py, data, size):
    """The bytes of a dataset, all of which are in the file."""
    shape, kind, bytes_each = data.shape, data.dtype.kind, data.dtype.itemsize
    if shape is None or kind not in "biufS":
        raise ValueError(f"{data.name[:80]!r} is of {str(data.dtype)[:40]}")
    taken, stored, plan = math.prod(shape) * bytes_each, data.id.get_storage_size(), data.id.get_create_plist()
    if plan.get_external_count() or plan.get_layout() == h5py.h5d.VIRTUAL:
        raise ValueError(f"{data.name[:80]!r} lies in another file")
    packed = plan.get_layout() == h5py.h5d.CHUNKED
    if stored > size or (taken and not stored) or (not packed and stored < taken):
        raise ValueError(f"{data.name[:80]!r} declares the shape {str(shape)[:80]} and has {stored:,} bytes")
    if packed and math.prod(plan.get_chunk()) * bytes_each > ROOM + RATIO * size:
        raise ValueError(f"{data.name[:80]!r} is packed in pieces of the shape {str(plan.get_chunk())[:80]}")
    if packed and not _pieces_fit(data, 5 if plan.get_nfilters() else 1, size):
        raise ValueError(f"{data.name[:80]!r} is packed in pieces without bytes, or beyond the end")
    if any(plan.get_filter(i)[0] not in FILTERS for i in range(plan.get_nfilters())):
        raise ValueError(f"{data.name[:80]!r} is packed in an unknown way")
    return taken


def _pieces_fit(data, least, size):
    """Whether every piece of packed data has bytes in the file: HDF5 crashes at one that has not even a checksum."""
    count = data.id.get_num_chunks()
    pieces = (data.id.get_chunk_info(number) for number in range(min(count, MOST_OBJECTS)))
    return count <= MOST_OBJECTS and all(piece.size >= least and piece.byte_offset + piece.size <= size for piece in pieces)


def _check_attributes(item, size, longest):
    for name in item.attrs:
        attribute = item.attrs.get_id(name)
        count = math.prod(attribute.shape)
        taken = count * (longest if attribute.dtype.kind == "O" else attribute.dtype.itemsize)
        if count > MOST_NAMES or taken > ROOM + RATIO * size:
            raise ValueError(f"the attribute {name[:80]!r} has {count:,} values, up to {taken:,} bytes")
