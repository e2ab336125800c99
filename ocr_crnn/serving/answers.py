"""What a server answers, one image at a time, checked before anything is made of it: its numbers are such as the model gives.

A server is no part of the reader: it may be another program, of another version, or nobody's friend.
"""

import numpy as np

from ocr_crnn.geometry import quad_sizes

MAX_TEXTS = 10_000  # of a page; one character a cell on a full A4 sheet is half of it
MAX_CHARACTERS = 200_000  # of a page
MAX_LENGTH = 10_000  # characters of a text: its crop would have to be as many columns wide
BEYOND = 0.5  # longer sides of the page that a box may reach beyond it
COVER = 4  # pages that all boxes together may cover: each is cropped
SPARE_PX = 2**20  # and so many pixels more, of small pages
FARTHEST_PX = 1e6  # along a crop


class AnswerError(ValueError):
    """What is wrong with an answer; the message is what was received."""


def page_of_answer(outputs, row, size):
    """The columns of a page that `reading.Reading` takes, of an answer's `row`: a dict of arrays and numbers.

    outputs: {name: lists or arrays}, the images' axis first, see protocol.OUTPUTS. size: the page's (height, width).
    Raises AnswerError.
    """
    count = whole_number(outputs, "counts", row, MAX_TEXTS)
    quads = _column(outputs, "quads", row, count, (4, 2), -1e9, 1e9).astype(np.float32)
    _check_places(quads, size)
    columns = _characters(outputs, row, count)
    return {
        "quads": quads,
        "stacked": _column(outputs, "stacked", row, count, (), 0, 1, whole=True).astype(bool),
        **columns,
        "turns": whole_number(outputs, "turns", row, 3),
        "left_out": whole_number(outputs, "left_out", row, 10**6),
    }


def line_of_answer(outputs, row):
    """Likewise of one line: codes, scores and spans."""
    return _characters(outputs, row, None)


def size_of_answer(outputs, row):
    """(height, width) of the image as the server has seen it."""
    return tuple(_numbers("sizes", _part(outputs, "sizes", row), (2,), 0, 2**31, whole=True).astype(int).tolist())


def whole_number(outputs, name, row, most):
    """A whole number 0..most."""
    return int(_numbers(name, _part(outputs, name, row), (), 0, most, whole=True))


def text_of_answer(outputs, name, row):
    """A str, of a str or of the bytes that gRPC brings."""
    value = _part(outputs, name, row)
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    if not isinstance(value, str):
        raise AnswerError(f"{name} that are no text")
    return value


def _characters(outputs, row, texts):
    """The columns of the characters; texts: how many texts a page has, None for a line."""
    count = whole_number(outputs, "character_counts", row, MAX_CHARACTERS if texts is not None else MAX_LENGTH)
    columns = {
        "codes": _column(outputs, "codes", row, count, (), 0, 0x10FFFF, whole=True).astype(np.int32),
        "scores": _column(outputs, "character_scores", row, count, (), -1e-3, 1 + 1e-3).clip(0, 1).astype(np.float32),
        "spans": _column(outputs, "spans", row, count, (2,), -FARTHEST_PX, FARTHEST_PX, nan=True).astype(np.float32),
    }
    if texts is not None:
        segments = _column(outputs, "segments", row, count, (), 0, texts - 1, whole=True).astype(np.int32)
        if (np.diff(segments) < 0).any():
            raise AnswerError("segments that are not in order")
        if np.bincount(segments, minlength=1).max(initial=0) > MAX_LENGTH:
            raise AnswerError(f"a text of more than {MAX_LENGTH:,} characters")
        columns["segments"] = segments
    return columns


def _check_places(quads, size):
    """Boxes lie on the page or near it, and are cropped in bounded memory."""
    height, width = size
    reach = BEYOND * max(height, width) + 64
    if len(quads) and ((quads < -reach).any() or (quads > np.array([width, height]) + reach).any()):
        raise AnswerError(f"quads far beyond a page of {width} × {height} pixels")
    if np.prod(quad_sizes(quads).astype(np.float64), axis=1).sum() > COVER * height * width + SPARE_PX:
        raise AnswerError(f"quads that cover a page of {width} × {height} pixels more than {COVER} times")


def _column(outputs, name, row, count, shape, low, high, whole=False, nan=False):
    """The first `count` values of a column, float64 `(count, *shape)`."""
    values = _part(outputs, name, row)
    if not isinstance(values, list | tuple | np.ndarray) or len(values) < count:
        raise AnswerError(f"fewer {name} than are counted, or none")
    return _numbers(name, values[:count], (count, *shape), low, high, whole, nan)


def _numbers(name, values, shape, low, high, whole=False, nan=False):
    try:
        numbers = np.asarray(values, np.float64)  # of each value alone: lists of texts become no array of texts
    except (TypeError, ValueError, OverflowError) as error:
        raise AnswerError(f"{name} that are no numbers, or not as many in each row") from error
    if numbers.size == 0:
        numbers = numbers.reshape(-1)[:0].reshape(shape) if 0 in shape else numbers
    if numbers.shape != shape:
        raise AnswerError(f"{name} of the shape {numbers.shape}, where {shape} is due")
    good = (numbers >= low) & (numbers <= high)
    if whole:
        good &= numbers == np.floor(numbers)
    if nan:
        good |= np.isnan(numbers)
    if not good.all():
        raise AnswerError(f"{name} of {numbers[~good].flat[0]:g}, where {'whole ' * whole}numbers from {low:g} to {high:g} are due")
    return numbers


def _part(outputs, name, row):
    """An image's part of an output."""
    if name not in outputs:
        raise AnswerError(f"no {name}")
    values = outputs[name]
    if not isinstance(values, list | tuple | np.ndarray) or len(values) <= row:
        raise AnswerError(f"{name} of fewer images than were asked about")
    return values[row]
