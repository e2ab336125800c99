"""Decoders of detectors as TensorFlow functions, the twins of those in detection/: maps of a page → Found.

    decode(maps, decoder, stride, scale)

maps: float32 `(height, width, channels)`. decoder: the Python decoder, whose settings count. stride, scale: as detection/decoders.py says;
scale is a float64 scalar.
"""

from typing import NamedTuple

import tensorflow as tf

from ocr_crnn.detection import characters as fitting
from ocr_crnn.detection.characters import CharacterDecoder
from ocr_crnn.detection.kernels import FIT_STEPS, PLACES, REACH_CELLS, KernelDecoder
from ocr_crnn.detection.peaks import PeakDecoder
from ocr_crnn.ops.linked_texts import find_linked_texts
from ocr_crnn.ops.pixel_aggregation import aggregate_pixels
from ocr_crnn.ops.quads import expand_quads, fit_quads, fit_sides, inset_quads, measure_quads
from ocr_crnn.serving.graph_peaks import decode_peaks


class FoundCharacters(NamedTuple):
    """Characters of a page, text by text, in order along each. quads: float32 `(n, 4, 2)`, page pixels. scores: float32 `(n,)`.
    texts: int32 `(n,)`, the row of its text."""

    quads: tf.Tensor
    scores: tf.Tensor
    texts: tf.Tensor


class Found(NamedTuple):
    """Texts of a page. quads: float32 `(n, 4, 2)`, page pixels. scores: float32 `(n,)`. sure: bool `(n,)`, None where all are.

    labels: int32 `(height, width)`, the text of each cell of the maps, 0 for none; None of a decoder that has no `label`.
    characters: None of a decoder that finds none.
    """

    quads: tf.Tensor
    scores: tf.Tensor
    sure: tf.Tensor | None = None
    labels: tf.Tensor | None = None
    characters: FoundCharacters | None = None


def decode_kernels(maps, decoder, stride, scale):
    """As detection.kernels.KernelDecoder."""
    found = aggregate_pixels(maps[None], max_distance=decoder.max_distance)
    scores, areas = found.scores.flat_values, tf.cast(found.areas.flat_values, tf.float32)
    above = scores - decoder.min_score + decoder.rim_score / tf.sqrt(areas)
    columns = scores, found.quads.flat_values, above, tf.range(1, tf.size(scores) + 1)
    scores, quads, above, own = (tf.boolean_mask(column, above >= -decoder.doubted) for column in columns)
    quads = fit_quads(quads, maps[..., 0], found.labels[0], own, PLACES, REACH_CELLS, FIT_STEPS)
    quads *= tf.cast(stride / scale, tf.float32)
    sides = tf.norm(tf.roll(quads, -1, axis=1) - quads, axis=-1) * tf.cast(scale, tf.float32)  # (n, 4)
    tall_enough = tf.reduce_min(sides, axis=1) >= decoder.min_height_px
    scores, quads, above = (tf.boolean_mask(column, tall_enough) for column in (scores, quads, above))
    quads = inset_quads(quads, tf.cast(decoder.inset_px / scale, tf.float32))
    return Found(quads, scores, above >= 0 if decoder.doubted else None, found.labels[0])


def decode_characters(maps, decoder, stride, scale):
    """As detection.characters.CharacterDecoder."""
    texts = find_linked_texts(maps, decoder.region_threshold, decoder.link_threshold, decoder.min_peak, decoder.min_area_cells)
    hills = texts.find_characters(decoder.valley, decoder.min_character)
    cell_px = tf.cast(stride / scale, tf.float32)
    centres = tf.reduce_mean(hills.quads, axis=1, keepdims=True)
    characters = FoundCharacters((centres + (hills.quads - centres) / decoder.seen) * cell_px, hills.peaks, hills.texts)
    quads = fit_sides(texts.quads, maps[..., 0], decoder.region_threshold, fitting.PLACES, fitting.BOUND)
    quads = expand_quads(quads, (1 / decoder.seen - 1) / 2)
    kept = tf.reduce_min(measure_quads(quads), axis=1) * stride >= decoder.min_height_px
    return keep_texts(quads * cell_px, texts.scores, characters, kept)


def decode_directed(maps, decoder, stride, scale):
    """As detection.peaks.PeakDecoder."""
    texts, characters, kept = decode_peaks(maps, decoder, scale)
    return keep_texts(*texts, FoundCharacters(*characters), kept)


def keep_texts(quads, scores, characters, kept):
    """Found of the texts that are `kept`, bool `(n,)`, and of their characters."""
    numbers = tf.cumsum(tf.cast(kept, tf.int32), exclusive=True)
    mine = tf.gather(kept, characters.texts)
    characters = FoundCharacters(*(tf.boolean_mask(column, mine) for column in characters))
    characters = characters._replace(texts=tf.gather(numbers, characters.texts), scores=tf.clip_by_value(characters.scores, 0.0, 1.0))
    return Found(tf.boolean_mask(quads, kept), tf.clip_by_value(tf.boolean_mask(scores, kept), 0.0, 1.0), characters=characters)


DECODE = {KernelDecoder: decode_kernels, CharacterDecoder: decode_characters, PeakDecoder: decode_directed}
WITH_CHARACTERS = (CharacterDecoder, PeakDecoder)
