"""LineLoader: the pixels of a line at the network's height, cut out of its page, resized once and cached."""

import threading

import numpy as np
import tensorflow as tf

from ocr_crnn.data.samples import UnreadableImageError, read_page_image
from ocr_crnn.geometry import boxes_to_quads
from ocr_crnn.ops.images import resize_and_pad
from ocr_crnn.ops.lines import crop_quad, fit_line_width, lineage_line, resize_line


class LineLoader:
    """Callable: the number of a line of the table → uint8 `(height, table.widths[line], channels)`, or None if unreadable.

    pages: sequence of Page. table: LineTable over them. cache: LineCache with a place for each line of the table.
    report: ValidationReport that gets each unreadable image once. preprocess: as of InputGenerator. Safe to call from several threads.

    A photograph is decoded once for all lines of it that the cache has room for.
    """

    def __init__(self, pages, table, height, channels, cache, report, preprocess=None):
        self.pages, self.table, self.height, self.channels, self.cache, self.report = pages, table, height, channels, cache, report
        self.preprocess = preprocess
        self._lines_of_page = {int(table.pages[group[0]]): group for group in _runs(table.pages)}
        self._unreadable = set()
        self._lock = threading.Lock()

    def __call__(self, line):
        held = self.cache.get(line)
        if held is not None:
            return held
        page_index = int(self.table.pages[line])
        if page_index in self._unreadable:
            return None
        image = self._read(page_index)
        if image is None:
            return None
        for other in self._lines_of_page[page_index]:
            if other != line and self.cache.has_room_for(other):
                self.cache.put(other, self._cut(image, page_index, other))
        made = self._cut(image, page_index, line)
        self.cache.put(line, made)
        return made

    def _read(self, page_index):
        page = self.pages[page_index]
        try:
            image = read_page_image(page, gray=self.channels == 1)
        except (UnreadableImageError, OSError) as error:
            self._add_once(page_index, "image_unreadable", page.image_path, error)
            return None
        if image.shape[:2] != page.size:
            found = f"{image.shape[1]} × {image.shape[0]} px, said to be {page.size[1]} × {page.size[0]}"
            if min(image.shape[:2]) < 2:
                self._add_once(page_index, "image_unreadable", page.image_path, found)
                return None
            self.report.add("image_size_differs", page.image_path, found)
        return image

    def _add_once(self, page_index, kind, where, detail):
        with self._lock:
            if page_index not in self._unreadable:
                self._unreadable.add(page_index)
                self.report.add(kind, where, detail)

    def _cut(self, image, page_index, line):
        page, row = self.pages[page_index], self.table.rows[line]
        if not fills_page(page):
            image = crop_quad(image, page.quads[row], whole_pixels=False)
        width = int(self.table.widths[line])
        if self.preprocess == "lineage":
            return lineage_line(image, self.height, width)
        if self.channels == 1 and fit_line_width(*image.shape[:2], self.height) == width:
            return resize_line(image, self.height)[..., None]  # the same to a grey level, in a fifth of the time
        with tf.device("CPU"):
            resized, _ = resize_and_pad(image, self.height, width)
        return np.clip(np.rint(resized.numpy()), 0, 255).astype(np.uint8)


def fills_page(page):
    """Whether a Page is a line image: one row whose quad is the whole image."""
    whole = boxes_to_quads([(0, 0, page.size[1], page.size[0])])
    return len(page) == 1 and bool(np.allclose(page.quads, whole, atol=1))


def _runs(values):
    """The index ranges of equal neighbours."""
    return np.split(np.arange(len(values)), np.flatnonzero(np.diff(values)) + 1) if len(values) else []
