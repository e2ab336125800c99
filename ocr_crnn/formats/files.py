"""What every writer needs: whole-or-nothing files, integer boxes, confidences, encoded page images."""

import io
import os
import tempfile
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from PIL import Image


def replace_file(path, contents):
    """Write text (UTF-8) or bytes to `path` through a temporary file beside it, so that no reader ever sees half of it."""
    with replacing_file(path) as stream:
        stream.write(contents.encode("utf-8") if isinstance(contents, str) else contents)


@contextmanager
def replacing_file(path):
    """A binary stream to a temporary file beside `path`, which takes its place at the end, or is gone if an error comes first."""
    path = Path(path)
    try:
        # The start of the name only: Korean names of 80 syllables reach the 255 bytes that file systems allow.
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:16]}.")
    except FileNotFoundError:
        raise FileNotFoundError(f"The folder of an output file has to exist. Received: {path}. Create {path.parent} first.") from None
    try:
        with os.fdopen(handle, "wb") as stream:
            yield stream
        os.chmod(temporary, 0o666 & ~_umask())
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def bounding_box(quads):
    """Quads `(…, 4, 2)` → the integer box (left, top, width, height) around all of them, never wider than a pixel too little."""
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


def _umask():
    """The process's umask; reading it means setting it."""
    mask = os.umask(0)
    os.umask(mask)
    return mask
