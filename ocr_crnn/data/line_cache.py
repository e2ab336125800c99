"""LineCache: the resized lines of a data set as uint8, in memory or in one file, filled as lines are first needed."""

import hashlib
import os
from pathlib import Path

import numpy as np

from ocr_crnn.files import replacing


class LineCache:
    """Holds lines of known sizes; line `i` has shape `(height, widths[i], channels)`.

    widths: int `(lines,)` in pixels. budget_bytes: lines that no longer fit into it are not held, so memory is bounded.
    folder: None keeps the lines in memory; a folder keeps them in a file there, which later runs and other processes
        with the same `fingerprint` share. The space is reserved first: a full disk is an OSError here, not a crash later.

    A line is marked as filled after its pixels are written, so a killed process leaves no half line behind.
    """

    def __init__(self, widths, height, channels, budget_bytes, folder=None, fingerprint=""):
        ends = np.cumsum(np.asarray(widths, np.int64) * height * channels)
        self.shape = (height, -1, channels)
        self.held = int(np.searchsorted(ends, budget_bytes, side="right"))
        self._starts = np.concatenate([np.zeros(1, np.int64), ends])
        self.num_bytes = int(self._starts[self.held])
        if folder is None or self.held == 0:
            self._pixels, self._filled = np.zeros(self.num_bytes, np.uint8), np.zeros(self.held, bool)
        else:
            self._pixels, self._filled = self._open_file(Path(folder), fingerprint)

    def _open_file(self, folder, fingerprint):
        folder.mkdir(parents=True, exist_ok=True)
        digest = hashlib.sha256(f"{fingerprint}{self.shape}".encode() + self._starts.tobytes()).hexdigest()[:16]
        path = folder / f"lines_{digest}.u8"
        size = self.num_bytes + self.held
        if not path.exists() or path.stat().st_size != size:
            with replacing(path) as temporary:
                _reserve(temporary, size)
        contents = np.memmap(path, np.uint8, "r+", shape=(size,))
        return contents[: self.num_bytes], contents[self.num_bytes :].view(bool)

    @property
    def num_filled(self):
        return int(np.count_nonzero(self._filled))

    def get(self, index):
        """The line, a view, or None while it is not filled."""
        if index >= self.held or not self._filled[index]:
            return None
        return self._pixels[self._starts[index] : self._starts[index + 1]].reshape(self.shape)

    def has_room_for(self, index):
        """Whether the line can be held and is not yet."""
        return index < self.held and not self._filled[index]

    def put(self, index, line):
        """Keep a line; beyond the budget it is passed over."""
        if index < self.held:
            self._pixels[self._starts[index] : self._starts[index + 1]] = line.reshape(-1)
            self._filled[index] = True


def _reserve(path, size):
    """A file of zeros that owns its space on the disk."""
    with open(path, "wb") as file:
        try:
            if hasattr(os, "posix_fallocate"):
                os.posix_fallocate(file.fileno(), 0, size)
            else:
                for start in range(0, size, 1 << 24):
                    file.write(bytes(min(1 << 24, size - start)))
        except OSError as error:
            raise OSError(
                error.errno,
                f"The cache of lines needs its space. Received: {size:,} bytes wanted in {path.parent}: {error.strerror}. "
                "Free the space, give another folder, or lower cache_bytes.",
            ) from error
