import io
import struct

import numpy as np
import pytest
from PIL import Image

from ocr_crnn.images import tiff
from ocr_crnn.images.tiff import count_pages


def directory(entries, following):
    """Of a little-endian TIFF: entries of (tag, kind, number, value), and where the next one is."""
    packed = b"".join(struct.pack("<HHII", *entry) for entry in entries)
    return struct.pack("<H", len(entries)) + packed + struct.pack("<I", following)


def chain(count, last=0, entries=()):
    """A TIFF of directories alone."""
    size = len(directory(entries, 0))
    places = [8 + size * number for number in range(count)]
    return io.BytesIO(b"II*\0" + struct.pack("<I", 8) + b"".join(directory(entries, place) for place in [*places[1:], last]) + bytes(8))


@pytest.mark.parametrize("big", [False, True])
def test_pages_are_counted_as_pillow_counts_them(big):
    frames, stream = [Image.fromarray(np.full((8, 9), level, np.uint8)) for level in (1, 2, 3)], io.BytesIO()
    frames[0].save(stream, "TIFF", save_all=True, append_images=frames[1:], big_tiff=big)
    assert count_pages(stream) == 3
    assert count_pages(io.BytesIO(stream.getvalue()[:40])) == 1  # broken off: the first page may still be one


def test_directories_that_lead_back_or_nowhere_end_it():
    assert count_pages(chain(5)) == 5
    assert count_pages(chain(5, last=8)) == 5
    assert count_pages(chain(5, last=2**32 - 1)) == 5
    assert count_pages(io.BytesIO(b"\x89PNG\r\n\x1a\n" + bytes(20))) == 1


def test_what_only_costs_memory_is_refused(monkeypatch):
    monkeypatch.setattr(tiff, "MAX_PAGES", 4)
    with pytest.raises(ValueError, match="more than 4 pages. Split it"):
        count_pages(chain(5))
    with pytest.raises(ValueError, match="tags of 4,294,967,295 bytes. Flatten"):
        count_pages(chain(1, entries=[(34675, 7, 2**32 - 1, 8)]))
    with pytest.raises(ValueError, match="tiles of 60000 × 60000 pixels"):
        count_pages(chain(1, entries=[(322, 4, 1, 60000), (323, 3, 1, 60000)]))
