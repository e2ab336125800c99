"""Pages without characters as a source of crops: labels that a network has given them are files, read by whoever draws a crop.

A file holds the labels of the pages that an interval of the training draws (training/labelling.py), so that batch n stays a function of n.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from pathlib import Path

import numpy as np

from ocr_crnn.files import replacing
from ocr_crnn.granularity import as_segments
from ocr_crnn.page import Characters
from ocr_crnn.training.truth_pages import MixedPages, TruthPages
from ocr_crnn.untrusted.npz import open_npz
from ocr_crnn.untrusted.plain import DamagedFileError


@dataclass(frozen=True)
class LabelFiles:
    """The labels of a run: `labels_<interval>.npz` in its folder, of the pages that page numbers of that interval draw.

    pages_per_interval: page numbers in an interval, those of pages/draw_crops.
    """

    folder: str
    pages_per_interval: int

    def path(self, interval):
        return Path(self.folder) / f"labels_{interval:06d}.npz"

    def write(self, interval, labels):
        """labels: `{index of a page: its column of characters}`, object `(rows,)` of Characters or None each."""
        columns = [labels[index] for index in sorted(labels)]
        known = [one for column in columns for one in column if one is not None]
        with replacing(self.path(interval)) as temporary, open(temporary, "wb") as stream:
            np.savez_compressed(
                stream,
                pages=np.array(sorted(labels), np.int64),
                rows=np.array([len(column) for column in columns], np.int64),
                counts=np.array([-1 if one is None else len(one) for column in columns for one in column], np.int64),
                quads=np.concatenate([np.zeros((0, 4, 2), np.float32), *(one.quads for one in known)]),
                scores=np.concatenate([np.zeros(0, np.float32), *(_scores(one) for one in known)]),
            )

    def read(self, number):
        """The labels of the interval that a page number is in. Raises FileNotFoundError, DamagedFileError."""
        path = self.path(number // self.pages_per_interval)
        if not path.exists():
            raise FileNotFoundError(
                f"A run has the labels of the pages that it draws next. Received: {path}, which is not there. Copy it from a backup, or "
                "begin a new run with the last weights."
            )
        return _read_labels(path, path.stat().st_mtime_ns)


def _scores(characters):
    """NaN where they come from ground truth."""
    return np.full(len(characters), np.nan, np.float32) if characters.scores is None else characters.scores


@lru_cache(maxsize=4)
def _read_labels(path, written_ns):
    with open_npz(path) as file:
        wanted = {"pages", "rows", "counts", "quads", "scores"}
        arrays = {name: file.read(name) for name in wanted & set(file.declared)}
    counts = arrays.get("counts", np.zeros(0))
    if set(arrays) != wanted or len(arrays["rows"]) != len(arrays["pages"]) or arrays["rows"].sum() != len(counts):
        raise _damaged(path)
    ends = np.cumsum(np.maximum(counts, 0))
    if arrays["quads"].shape != (ends[-1] if len(ends) else 0, 4, 2) or arrays["scores"].shape != arrays["quads"].shape[:1]:
        raise _damaged(path)
    characters = np.empty(len(counts), object)
    for row, (count, end) in enumerate(zip(counts, ends, strict=True)):
        own = slice(end - max(count, 0), end)
        scores = arrays["scores"][own]
        characters[row] = None if count < 0 else Characters(arrays["quads"][own], None if np.isnan(scores).any() else scores)
    ends = np.cumsum(arrays["rows"])
    return {page: characters[end - rows : end] for page, rows, end in zip(arrays["pages"].tolist(), arrays["rows"], ends, strict=True)}


def _damaged(path):
    return DamagedFileError(f"Labels are the file that the training has written. Received: {path}, which is damaged. Begin a new run.")


@dataclass(frozen=True)
class WeakPages(TruthPages):
    """TruthPages whose characters a network has labelled.

    labels: where they are; None for pages of which the words alone are learnt. granularity: function from a Page as it was labelled, of
    words where it can be, to the Page of the texts to find.
    """

    labels: LabelFiles | None = None
    granularity: Callable = as_segments

    def find_page(self, number, index):
        page = self.pages[index]
        if self.labels:
            characters = self.labels.read(number).get(index)
            if characters is None or len(characters) != len(page):
                raise ValueError(
                    f"Labels are of the pages that a run began with. Received: other ones in the place of {page.image_path}. "
                    "Leave the folder of the pages as it was, or begin a new run."
                )
            page = replace(page, characters=characters)
        return self.granularity(page.take(np.isfinite(page.quads).all(axis=(1, 2))))


@dataclass(frozen=True)
class PagesByTurns(MixedPages):
    """MixedPages with an exact share, a Fraction: of any n pages in a row, n its denominator, as many are of the first as it says."""

    share: Fraction

    def takes_first(self, number):
        return (number + 1) * self.share // 1 > number * self.share // 1
