"""Batches of two views of lines without labels, and the lines that a detector finds on pages."""

import numpy as np

from ocr_crnn.data.line_views import view_line
from ocr_crnn.data.validation import ValidationReport
from ocr_crnn.images import UnreadableError
from ocr_crnn.images.finding import find_files
from ocr_crnn.images.sources import read_each
from ocr_crnn.ops.lines import fit_line_width, resize_line, stack_lines
from ocr_crnn.training.line_batches import GROUP_BATCHES, draw_group


class PageLines:
    """The lines that are found on the pages of folders, patterns or files, which are read once in the beginning, one page at a time.

    crop: a function, RGB image `(height, width, 3)` → images of lines, and None for each text that is taller than wide. widest: pixels of a
    line at most; wider ones are left out, and so is what comes after `most_bytes` of lines. `.report` tells what was not used. Raises
    FileNotFoundError for a path that matches nothing.
    """

    def __init__(self, paths, crop, height=32, widest=4096, most_bytes=4 << 30):
        self.height, self.report, self.paths, self._lines = height, ValidationReport(), [], []
        skipped, room = [], most_bytes
        for path in find_files(paths, recursive=True, skipped=skipped):
            for where, page in _read_pages(path, self.report):
                for image in crop(page.pixels):
                    line = None if image is None else self._fit(image, widest, where)
                    if image is None:
                        self.report.add("upright_text", where)
                    elif line is not None and (room := room - line.size) >= 0:
                        self._lines.append(line)
                        self.paths.append(where)
                    elif line is not None:
                        self.report.add("beyond_memory", where, f"{line.shape[1]} px")
        for path in skipped:
            self.report.add("no_file", path, "no image or PDF")
        self.report.facts["lines_of_pages"] = len(self._lines)

    def _fit(self, image, widest, where):
        width = fit_line_width(*image.shape[:2], self.height)
        if width > widest:
            self.report.add("too_wide", where, f"{width} px")
            return None
        return resize_line(image, self.height)

    def line(self, number):
        return self._lines[number]


def _read_pages(path, report):
    """(where, PageImage) of the pages of a file that can be read; the others are reported."""
    try:
        for index, page in read_each(path, dpi=200):
            if isinstance(page, UnreadableError):
                report.add("image_unreadable", f"{path}#{index + 1}", page)
            else:
                yield f"{path}#{index + 1}", page
    except (UnreadableError, OSError) as error:
        report.add("image_unreadable", path, error)


class ContrastLines:
    """Lines of several sources to contrast with each other; a source as `draw_group` takes it, whose texts are the lines' numbers.

    sources: each with `paths` of its lines, `line(number)` → uint8 `(height, width)`, `report` and `height`. narrowest: lines of fewer
    pixels are left out and join the report of their source as `too_small`: they have fewer frames than windows. widest: of a view in
    pixels, or None.
    Raises ValueError where fewer than two lines are left.
    """

    easy_groups = 0

    def __init__(self, sources, seed=0, narrowest=1, widest=None):
        self.seed, self.widest, self.height = seed, widest, sources[0].height
        self._places = []
        for source in sources:
            for number, where in enumerate(source.paths):
                width = source.line(number).shape[1]
                if width >= narrowest:
                    self._places.append((source, number))
                else:
                    source.report.add("too_small", where, f"{width} px, fewer than {narrowest}")
        if len(self._places) < 2:
            raise ValueError(
                f"A line is told from other lines, so there are at least two, of {narrowest} px or more. Received: {len(self._places)}. "
                "Name more lines without labels, or take fewer --windows."
            )

    def __len__(self):
        return len(self._places)

    def line(self, number):
        source, place = self._places[number]
        return source.line(place)

    def draw_line(self, rng, easy=False):
        number = int(rng.integers(len(self)))
        return self.line(number), number

    def views(self, rng, numbers):
        """Two views of lines: `image`, `width` and `other_image`, `other_width`."""
        lines = [self.line(number) for number in numbers]
        stacked = [stack_lines([view_line(rng, line, self.widest) for line in lines]) for _ in range(2)]
        widest = max(images.shape[1] for images, _ in stacked)
        inputs = {}
        for view, (images, widths) in zip(("", "other_"), stacked, strict=True):
            padding = ((0, 0), (0, widest - images.shape[1]), (0, 0), (0, 0))
            inputs |= {f"{view}image": np.pad(images, padding, constant_values=255), f"{view}width": widths}
        return inputs


def iterate_batches(lines, columns, first=0):
    """Endless batches of ContrastLines from number `first` on, each of about `columns` pixel columns a view.

    A line stands in a batch once, for it is not to be told from itself; and there are at least two.
    Yields `(inputs, outputs)` as SeqCLR takes them.
    """
    drawn_of = None
    for step in range(first, 1 << 62):
        number, place = divmod(step, GROUP_BATCHES)
        if number != drawn_of:
            group, drawn_of = draw_group(lines, number, columns), number
        rng = np.random.default_rng([lines.seed, number, place, 1])
        numbers = list(dict.fromkeys(line for _, line in group[place]))
        if len(numbers) < 2:
            numbers.append((numbers[0] + int(rng.integers(1, len(lines)))) % len(lines))
        yield lines.views(rng, numbers), np.zeros(len(numbers), np.int32)


def contrast_dataset(lines, columns, first=0):
    """The batches of `iterate_batches` as a `tf.data.Dataset`."""
    import tensorflow as tf

    images, widths = tf.TensorSpec((None, None, lines.height, 1), tf.uint8), tf.TensorSpec((None,), tf.int32)
    inputs = {"image": images, "width": widths, "other_image": images, "other_width": widths}
    batches = tf.data.Dataset.from_generator(
        lambda: iterate_batches(lines, columns, first), output_signature=(inputs, tf.TensorSpec((None,), tf.int32))
    )
    return batches.prefetch(2)
