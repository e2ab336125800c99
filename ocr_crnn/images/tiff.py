"""How many pages a TIFF has, by its directories alone: Pillow reads every tag of every page for that, and looks back from each."""

import struct

MAX_PAGES = 10_000
TAG_BYTES = 2**28  # of the tags of one page; beyond it there are layers of a drawing program, or the size is a lie
UNITS = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}  # bytes of a tag's types
TILE_SIDES = (322, 323)  # the tags
MAX_TILE_PX = 2**26


def count_pages(stream):
    """The pages of a TIFF, a binary stream: where a directory breaks off or leads back, they end. 1 for what is no TIFF.

    Raises ValueError, with what was found and what to do, for more than MAX_PAGES, for tags beyond TAG_BYTES and tiles beyond MAX_TILE_PX.
    """
    head = _read(stream, 0, 16)
    order = {b"II": "<", b"MM": ">"}.get(head[:2])
    if order is None or len(head) < 16:
        return 1
    big = struct.unpack(order + "H", head[2:4])[0] == 43
    place = struct.unpack(order + ("Q" if big else "I"), head[8:16] if big else head[4:8])[0]
    seen = set()
    while place and place not in seen and (following := _next_directory(stream, place, order, big)) is not None:
        seen.add(place)
        if len(seen) > MAX_PAGES:
            raise ValueError(f"more than {MAX_PAGES:,} pages. Split it")
        place = following
    return max(len(seen), 1)


def _next_directory(stream, place, order, big):
    """Where the directory after the one at `place` is, 0 after the last; None for a directory that breaks off."""
    count_size, entry, offset = (8, order + "HHQ8s", "Q") if big else (2, order + "HHI4s", "I")
    count = _read(stream, place, count_size)
    if len(count) < count_size:
        return None
    length = struct.unpack(order + ("Q" if big else "H"), count)[0] * struct.calcsize(entry)
    entries = _read(stream, place + count_size, min(length, 2**21))
    if len(entries) < length:
        return None
    size, tile = 0, []
    for tag, kind, number, value in struct.iter_unpack(entry, entries):
        size += number * UNITS.get(kind, 1)
        if tag in TILE_SIDES:
            tile.append(struct.unpack(order + ("H" if kind == 3 else "I"), value[: 2 if kind == 3 else 4])[0])
    if size > TAG_BYTES:
        raise ValueError(f"tags of {size:,} bytes. Flatten its layers")
    if len(tile) == 2 and tile[0] * tile[1] > MAX_TILE_PX:
        raise ValueError(f"tiles of {tile[0]} × {tile[1]} pixels. Save it in smaller ones")
    following = _read(stream, place + count_size + length, struct.calcsize(offset))
    return struct.unpack(order + offset, following)[0] if len(following) == struct.calcsize(offset) else 0


def _read(stream, place, size):
    if place >= 2**63:
        return b""
    stream.seek(place)
    return stream.read(size)
