"""What every writer needs: integer boxes, confidences, encoded page images."""

import io
import re

import numpy as np
from PIL import Image

# Control characters, halves of surrogate pairs and what is no character: XML and PDF cannot hold them, and a terminal obeys some.
NOT_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def plain_text(text):
    """A text as every format can hold it: one line, with U+FFFD in place of what is no text. Marks of direction stay."""
    return NOT_TEXT.sub("\ufffd", re.sub(r"[\t\n\r\u2028\u2029]+", " ", text))


def bounding_box(quads):
    """Quads `(…, 4, 2)` → the integer box (left, top, width, height) around all of them: it ends at the next whole pixel outside."""
    points = np.asarray(quads, np.float64).reshape(-1, 2)
    left, top = np.floor(points.min(axis=0))
    right, bottom = np.ceil(points.max(axis=0))
    return int(left), int(top), int(right - left), int(bottom - top)


def confidence(page, row):
    """The score of a row as an integer percentage; 100 where the page has no scores (ground truth)."""
    return 100 if page.scores is None else round(100 * float(np.clip(page.scores[row], 0, 1)))


def encode_page_image(image, quality=85):
    """A page image, uint8 `(height, width[, 3])` → (bytes, media type): PNG if it is grey or 1-bit art, otherwise JPEG."""
    picture = Image.fromarray(np.asarray(image, np.uint8))
    stream = io.BytesIO()
    if picture.mode == "L":
        picture.save(stream, "PNG")
        return stream.getvalue(), "image/png"
    picture.save(stream, "JPEG", quality=quality)
    return stream.getvalue(), "image/jpeg"
