"""Label: what the JSON of one image says, and the Page that it makes with the image on disk."""

from dataclasses import dataclass

import numpy as np

from ocr_crnn.data.samples import UnreadableImageError, measure_picture
from ocr_crnn.geometry import boxes_to_quads
from ocr_crnn.page import Page

LONGEST_PX = 1e6


@dataclass(slots=True)
class Label:
    """file_name: of the image, None where the label does not say. size: `(height, width)`, None for no usable numbers.
    quads: float32 `(rows, 4, 2)`, or None for one row that fills the image. texts, attributes: a list each.
    turned: as of a Page. where: the path of the JSON. data_set: its set. names: that its image may have, the label's own last.
    place: the number of its folder (ImageIndex). wanted: whether a Page is made of it."""

    file_name: str | None
    size: tuple | None
    quads: np.ndarray | None
    texts: list
    attributes: list
    unit: str = "word"
    turned: bool = False
    where: str = ""
    data_set: str = ""
    names: tuple = ()
    place: int = 0
    wanted: bool = True

    def take(self, kind):
        """Keep the rows of a kind, and those that nobody can read; whether any is left of the kind."""
        kept = [i for i, row in enumerate(self.attributes) if row["kind"] == kind or self.texts[i] is None]
        of_kind = any(self.attributes[i]["kind"] == kind for i in kept)
        self.texts, self.attributes = [self.texts[i] for i in kept], [self.attributes[i] for i in kept]
        self.quads = self.quads if self.quads is None else self.quads[kept]
        return of_kind


def make_label(rows, file_name, size, unit="word", turned=False):
    """The Label of collected Rows."""
    quads = np.array(rows.corners, np.float32).reshape(-1, 4, 2)
    return Label(file_name if isinstance(file_name, str) and file_name else None, size, quads, rows.texts, rows.attributes, unit, turned)


def size_of(height, width):
    """`(height, width)` in whole pixels, or None for what is no size; numbers may stand as texts."""
    try:
        found = float(height), float(width)
    except (TypeError, ValueError, OverflowError):
        return None
    usable = all(1 <= value < LONGEST_PX for value in found) and not isinstance(height, bool) and not isinstance(width, bool)
    return (int(found[0]), int(found[1])) if usable else None


def make_page(label, image_path, report):
    """The Page of a label and its image; None, and a finding, where the size is nowhere to be had or one text that fills it is null."""
    if label.quads is None and label.texts[0] is None:
        return None
    size = label.size or _measured(label, image_path, report)
    if size is None:
        return None
    if label.quads is None:
        quads, kept = boxes_to_quads([(0, 0, size[1], size[0])]), np.array([0])
    else:
        if label.turned and _reach_beyond(label.quads, size) and not _reach_beyond(label.quads, size[::-1]):
            report.add("size_turned", label.where, f"{size[1]} × {size[0]} px")
            size = size[::-1]
        quads, kept = cut_quads(label.quads, size, label.where, report)
    texts, attributes = [label.texts[i] for i in kept], [label.attributes[i] for i in kept]
    return Page(image_path, size, quads, texts, attributes=attributes, unit=label.unit, turned=label.turned)


def cut_quads(quads, size, where, report):
    """Quads cut to an image of `(height, width)`, corner by corner → (those that keep an area, their indices); the rest are findings."""
    cut = np.clip(quads, 0, np.float32([size[1], size[0]]))
    sides = cut.max(axis=1) - cut.min(axis=1) if len(cut) else np.zeros((0, 2))
    empty, outside = (sides < 1).any(axis=1), (np.abs(cut - quads) > 0.01).any(axis=(1, 2))
    for index in np.flatnonzero(empty | outside):
        report.add("empty_box" if empty[index] else "box_outside", where, quads[index].astype(int).tolist())
    return cut[~empty], np.flatnonzero(~empty)


def _reach_beyond(quads, size, slack_px=2):
    return bool(len(quads)) and bool((quads.max(axis=(0, 1)) > np.float32([size[1] + slack_px, size[0] + slack_px])).any())


def _measured(label, image_path, report):
    report.add("bad_size", label.where)
    try:
        return measure_picture(image_path)[0][int(label.turned)]
    except (OSError, UnreadableImageError) as error:
        report.add("image_unreadable", image_path, error)
        return None
