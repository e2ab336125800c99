"""Endless batches of crops of rendered pages with the targets of a detector: numbered, so that a run goes on where it stopped."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import cv2
import numpy as np
import optree

from ocr_crnn.granularity import segments
from ocr_crnn.page import Page
from ocr_crnn.synthesis.damage.page import degrade_page
from ocr_crnn.synthesis.fonts import Face
from ocr_crnn.synthesis.page.rendering import draw_page, render_page
from ocr_crnn.training.workers import produce

GROUP_PAGES = 4  # pages whose crops are mixed
CROPS_PER_PAGE = 6
LARGEST_BATCH = GROUP_PAGES * CROPS_PER_PAGE
READING_DPI = 126  # an A4 page whose longer side is 1,472 px, nearly as the reader looks at it
TURNED = 0.12  # of the crops lie on a side or upside down
VALIDATION = 2**31  # a page number that training does not reach


@dataclass(frozen=True)
class PageSource:
    """Everything that decides the crops; cheap to send to another process.

    targets: function Page → what the detector's loss wants of it: an array of any shape and dtype, or a dict or tuple of them
        (detection/network.py).
    granularity: function from a Page of words to the Page of the texts to find; text-line segments by default.
    side_px: of a crop, square. dpi_range: the resolutions that pages are rendered at, as parts of READING_DPI.
    turned: the share of crops that lie on a side or upside down.
    """

    seed: int
    faces: tuple[Face, ...]
    sentences: tuple[str, ...]
    targets: Callable
    granularity: Callable = segments
    side_px: int = 640
    crops_per_page: int = CROPS_PER_PAGE
    dpi_range: tuple[float, float] = (0.75, 1.7)
    turned: float = TURNED

    def draw_page(self, number):
        """Page `number`: `(image uint8 (height, width, 3), Page of the texts to find)`."""
        rng = np.random.default_rng([self.seed, number])
        dpi = READING_DPI * np.exp(rng.uniform(*np.log(self.dpi_range)))
        image, page = render_page(draw_page(rng, self.faces, self.sentences, dpi=dpi))
        image, page = degrade_page(rng, image, page, dpi=dpi, other=lambda: self._draw_other(number, dpi))
        return image, self.granularity(page)

    def _draw_other(self, number, dpi):
        rng = np.random.default_rng([self.seed, number, 3])
        return render_page(draw_page(rng, self.faces, self.sentences, dpi=dpi))[0]

    def draw_crops(self, number):
        """The crops of page `number`: `[(image uint8 (side, side, 3), Page)]`."""
        image, page = self.draw_page(number)
        rng = np.random.default_rng([self.seed, number, 1])
        return [draw_crop(rng, image, page, self.side_px, self.turned) for _ in range(self.crops_per_page)]


def draw_crop(rng, image, page, side_px, turned=TURNED):
    """A square of a page: mostly upright, sometimes turned by up to 10°, rarely by a quarter or a half, colours varied a little.

    turned: the share that lies on a side or upside down.

    Eight of ten are centred near a text, so that empty margins are rare. Where the page has texts of one or two characters, every
    second of these is near one of them: the network learns to find those last. Never mirrored.
    Returns (uint8 `(side, side, 3)`, Page): texts that lie wholly outside are left out, others keep their whole quads and all characters.
    """
    height, width = image.shape[:2]
    if len(page) and rng.random() < 0.8:
        short = np.flatnonzero([text is not None and len(text) <= 2 for text in page.texts])
        rows = short if len(short) and rng.random() < 1 / 2 else np.arange(len(page))
        centre = page.quads[rng.choice(rows)].mean(axis=0) + rng.uniform(-0.35, 0.35, 2) * side_px
    else:
        centre = rng.uniform(0, 1, 2) * (width, height)
    low, high = np.array([side_px / 2] * 2), np.array([width, height]) - side_px / 2
    centre = np.where(low < high, np.clip(centre, low, high), np.array([width, height]) / 2)
    angle_deg = rng.uniform(-10, 10) if rng.random() < 0.25 else 0.0
    quarter = rng.choice([0, 90, 180, 270], p=[1 - turned, turned / 3, turned / 3, turned / 3])
    transform = cv2.getRotationMatrix2D(tuple(float(v) for v in np.round(centre)), float(angle_deg + quarter), 1.0)
    transform[:, 2] += side_px / 2 - np.round(centre)
    border = tuple(int(v) for v in np.median(image[:: max(height // 50, 1), :: max(width // 50, 1)].reshape(-1, 3), axis=0))
    crop = cv2.warpAffine(image, transform, (side_px, side_px), flags=cv2.INTER_LINEAR, borderValue=border)
    if rng.random() < 0.5:
        gain, shift = rng.uniform(0.75, 1.15), rng.uniform(-30, 20, 3)
        crop = np.clip(crop.astype(np.float32) * gain + shift, 0, 255).astype(np.uint8)

    def move(points):
        return points @ transform[:, :2].T + transform[:, 2]

    quads = move(page.quads)
    inside = (quads.max(axis=1) > 0).all(axis=1) & (quads.min(axis=1) < side_px).all(axis=1)
    seen = replace(page, size=(side_px, side_px), quads=quads).take(inside)
    if seen.characters is not None:
        seen = replace(seen, characters=[None if text is None else replace(text, quads=move(text.quads)) for text in seen.characters])
    return crop, seen


def iterate_batches(source, batch_size, first=0, part=0, parts=1):
    """Batches `first`, `first + 1`, … of a source without end; of each group of pages only every `parts`-th.

    Yields `(uint8 (batch, side, side, 3), targets)`, each array of the targets with the axis of the batch in front.
    """
    per_group = GROUP_PAGES * source.crops_per_page // batch_size
    number = first // per_group
    while True:
        if number % parts == part:
            crops = [crop for page in range(GROUP_PAGES) for crop in source.draw_crops(number * GROUP_PAGES + page)]
            order = np.random.default_rng([source.seed, number, 2]).permutation(len(crops))
            for place in range(max(0, first - number * per_group), per_group):
                yield encode_batch(source, [crops[i] for i in order[place * batch_size : (place + 1) * batch_size]])
        number += 1


def encode_batch(source, crops):
    """(image, Page) crops → images and targets, each array with the axis of the batch in front."""
    targets = [source.targets(page) for _, page in crops]
    return np.stack([image for image, _ in crops]), optree.tree_map(lambda *maps: np.stack(maps), *targets)


def crops_dataset(source, batch_size, first=0, processes=1):
    """The batches as a `tf.data.Dataset` that begins with batch `first`; images become float32. processes: to draw in; 0: this one."""
    per_group = GROUP_PAGES * source.crops_per_page // batch_size
    if per_group == 0:
        raise ValueError(f"A batch has at most {GROUP_PAGES * source.crops_per_page} crops. Received: {batch_size}. Lower it.")
    batches = partial(iterate_batches, source, batch_size)
    return _dataset(lambda: produce(batches, first, per_group, processes) if processes else batches(first), source)


def fixed_dataset(source, pages, batch_size):
    """The crops of `pages` pages that training never sees, as a finite `tf.data.Dataset`."""
    crops = [crop for page in range(pages) for crop in source.draw_crops(VALIDATION + page)]
    batches = [encode_batch(source, crops[start : start + batch_size]) for start in range(0, len(crops), batch_size)]
    return _dataset(lambda: iter(batches), source)


def _dataset(generator, source):
    import tensorflow as tf  # rendering processes import this module and do not need it

    images = tf.TensorSpec((None, source.side_px, source.side_px, 3), tf.uint8)
    of_no_text = source.targets(Page(None, (source.side_px, source.side_px), [], []))
    targets = optree.tree_map(lambda maps: tf.TensorSpec((None, *maps.shape), maps.dtype), of_no_text)
    dataset = tf.data.Dataset.from_generator(generator, output_signature=(images, targets))
    return dataset.map(lambda image, target: (tf.cast(image, tf.float32), target)).prefetch(2)
