"""GTUtility: the ground truth of a data set, a sequence of Pages with the lineage's questions answered."""

import os
import random
from collections import Counter
from pathlib import Path

import numpy as np

from ocr_crnn.data.samples import read_page_image
from ocr_crnn.data.validation import ValidationReport

FONT_PATH = Path(__file__).parents[2] / "fonts" / "NanumBarunGothic.ttf"


class GTUtility:
    """Pages of one data set, or of several merged ones.

    pages: a sequence of `Page`; an image with one text that fills it is a line, an image with many rows a photograph.
    report: the ValidationReport of the reading.

    Every method that narrows or joins returns a new GTUtility; pages are shared, not copied, and no image is opened
    before `sample` or `plot` needs it.
    """

    def __init__(self, pages, report=None):
        if isinstance(pages, (str, bytes, os.PathLike)):
            raise TypeError(
                f"GTUtility holds pages that were read already. Received: {pages!r}, a path. "
                f"Read it first: gt_util = ocr_crnn.read_ground_truth({str(pages)!r})."
            )
        self.pages = list(pages)
        self.report = report if report is not None else ValidationReport()

    @property
    def image_names(self):
        """The path of every image; `archive.zip::member` inside an archive."""
        return [page.image_path for page in self.pages]

    @property
    def text(self):
        """The texts as a list per image; None where a text is not readable."""
        return [list(page.texts) for page in self.pages]

    @property
    def data(self):
        """Per image a float32 array `(rows, 9)`: the four corners x, y as shares of width and height, and class 1 (text)."""
        return [_normalized_rows(page) for page in self.pages]

    @property
    def num_images(self):
        return len(self.pages)

    @property
    def num_samples(self):
        """The number of images: the lineage's name for it."""
        return len(self.pages)

    @property
    def num_objects(self):
        """The number of text instances over all images, an int."""
        return sum(map(len, self.pages))

    def __len__(self):
        return len(self.pages)

    def __iter__(self):
        return iter(self.pages)

    def split(self, fraction=0.8, seed=None):
        """Two GTUtilities: the first `fraction` of the images and the rest; in order, or shuffled by a seed."""
        if not 0 <= fraction <= 1:
            raise ValueError(f"A split takes a share between 0 and 1. Received: fraction={fraction}.")
        pages = list(self.pages)
        if seed is not None:
            random.Random(seed).shuffle(pages)
        count = round(len(pages) * fraction)
        return GTUtility(pages[:count], self.report), GTUtility(pages[count:], self.report)

    def subset(self, start=0, end=None):
        """The images from `start` to before `end`; None is the end of the data, negative numbers count from it."""
        return GTUtility(self.pages[start:end], self.report)

    def filter(self, predicate):
        """The images whose Page the predicate accepts: `gt.filter(lambda page: page.attributes[0]["font"] == "바탕")`."""
        return GTUtility(filter(predicate, self.pages), self.report)

    def merge(self, other):
        """This ground truth followed by another one."""
        report = ValidationReport()
        report.extend(self.report)
        if other.report is not self.report:
            report.extend(other.report)
        return GTUtility(self.pages + other.pages, report)

    def sample(self, index=None, rng=None):
        """`(index, image, data)`: image uint8 `(height, width, 3)` RGB, data as in `data[index]`; the Page is `pages[index]`.

        index: None draws one from `rng`, a np.random.Generator (a fresh one if None).
        """
        if index is None:
            index = int((rng or np.random.default_rng()).integers(len(self.pages)))
        page = self.pages[index]
        return index, read_page_image(page), _normalized_rows(page)

    def sample_batch(self, indices):
        """The samples of several indices as three tuples: indices, images (of their own sizes), data."""
        return tuple(zip(*map(self.sample, indices), strict=True))

    def summary(self):
        """A table as text: images, texts, characters, sizes, and the values of the attributes that describe rows."""
        texts = [text for page in self.pages for text in page.texts]
        readable = [text for text in texts if text is not None]
        rows = [
            ("images", f"{len(self.pages):,}"),
            ("texts", f"{len(texts):,}, of which {len(texts) - len(readable):,} not readable"),
            ("characters", f"{sum(map(len, readable)):,}, {len(set().union(*readable)):,} different"),
        ]
        if readable:
            lengths = sorted(map(len, readable))
            rows.append(("text length", f"{lengths[0]} to {lengths[-1]}, median {lengths[len(lengths) // 2]}"))
        if self.pages:
            heights, widths = zip(*(page.size for page in self.pages), strict=True)
            rows.append(("image size", f"{min(widths)}–{max(widths)} × {min(heights)}–{max(heights)} px"))
        rows += [(name, _most_common(values)) for name, values in self._attribute_values().items()]
        rows.append(("findings", f"{sum(self.report.counts.values()):,} in {len(self.report.counts)} kinds; see report"))
        width = max(14, 2 + max(len(name) for name, _ in rows))
        return "\n".join(f"{name:<{width}}{value}" for name, value in rows)

    def __str__(self):
        return self.summary()

    def __repr__(self):
        return f"GTUtility({self.num_images:,} images, {self.num_objects:,} texts)"

    def _attribute_values(self):
        values = {}
        for page in self.pages:
            for attributes in page.attributes if page.attributes is not None else ():
                for name, value in attributes.items():
                    if isinstance(value, (str, int, bool)):
                        values.setdefault(name, Counter())[value] += 1
        return values

    def plot(self, index=None, axes=None, rng=None, font_path=FONT_PATH):
        """Draw an image with its quads and texts; returns the matplotlib axes.

        axes: where to draw, a new figure if None. font_path: a font with Hangul for the texts.
        """
        from matplotlib import pyplot
        from matplotlib.font_manager import FontProperties

        index, image, _ = self.sample(index, rng)
        page = self.pages[index]
        axes = axes or pyplot.subplots(figsize=(10, 10 * min(1, max(0.12, page.size[0] / page.size[1]))))[1]
        axes.imshow(image)
        axes.set_axis_off()
        font = FontProperties(fname=str(font_path)) if Path(font_path).exists() else None
        if len(page) == 1:
            axes.set_title(page.texts[0] or "(not readable)", fontproperties=font)
            return axes
        for quad, text in zip(page.quads, page.texts, strict=True):
            color = "tab:gray" if text is None else "tab:red"
            axes.add_patch(pyplot.Polygon(quad, closed=True, fill=False, edgecolor=color))
            axes.text(*quad[0], text or "", color=color, fontproperties=font, verticalalignment="bottom")
        return axes


def _normalized_rows(page):
    height, width = page.size
    corners = (page.quads / np.float32([width, height])).reshape(-1, 8)  # (rows, 8)
    return np.concatenate([corners, np.ones((len(page), 1), np.float32)], axis=1)


def _most_common(values):
    shown = ", ".join(f"{value} {count:,}" for value, count in values.most_common(5))
    return shown if len(values) <= 5 else f"{shown}, … ({len(values):,} values)"
