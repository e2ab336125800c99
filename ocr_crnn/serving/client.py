"""Read images on a TensorFlow Serving server that runs a model of export.py: REST by default, gRPC with the extra `serve`."""

import io
import time
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from ocr_crnn.images import UnreadableError
from ocr_crnn.page import Page
from ocr_crnn.serving.line_words import split_lines
from ocr_crnn.serving.transport import OUTPUTS, ServerError, ask_for_outputs, ask_for_status

LINES_AT_ONCE = 16  # images of lines in one request


def read_remote(image, server, model="ocr", version=None, label=None, timeout_s=60.0, retries=4, sleep=time.sleep):
    """Read one image on a server → Page, one row per line of text.

    image: a path or the bytes of a JPEG, PNG, BMP or GIF, or uint8 pixels `(height, width[, 3])`. server: `http://host:8501`,
    `https://…`, or `grpc://host:8500`, which `host:8500` is short for. version, label: of the model; the latest by default.
    timeout_s: of each attempt. A server that is busy or starting is asked again `retries` times, after 0.5, 1, 2, 4, … seconds
    (`sleep`). Raises UnreadableError for an image the server cannot read, ServerError for a server that fails.
    """
    settings = {"model": model, "version": version, "label": label, "timeout_s": timeout_s, "retries": retries, "sleep": sleep}
    (page,) = read_remote_batch([image], server, **settings)
    if isinstance(page, UnreadableError):
        raise page
    return page


def read_remote_batch(images, server, **settings):
    """`read_remote` of several images in one request → list of Page, and of UnreadableError in place of those that cannot be read."""
    return _read(images, server, "serving_default", _page, **settings)


def read_remote_lines(images, server, **settings):
    """As `read_remote_batch`, of images that are one upright line of text each; a Page has one row, none where nothing was read."""
    return _read(images, server, "recognize", _line_page, **settings)


def connect(server, lines=False, **settings):
    """A RemoteReader of a server that is there and has the model. Raises ServerError where it is not or has not."""
    ask_for_status(server, **settings)
    return RemoteReader(server, lines, **settings)


class RemoteReader:
    """Reads pages on a server, as `DocumentReader` reads them here. `settings` are those of `read_remote`.

    lines: the images are one line of text each.
    """

    def __init__(self, server, lines=False, **settings):
        self.server, self.lines, self.settings = server, lines, settings
        self.images_at_once = LINES_AT_ONCE if lines else 1

    def read_pages(self, images):
        """uint8 images `(height, width, 3)` → list of Page, one row per word. Raises UnreadableError if one of them cannot be read."""
        read = read_remote_lines if self.lines else read_remote_batch
        pages = read(images, self.server, **self.settings)
        for page in pages:
            if isinstance(page, UnreadableError):
                raise page
        return [split_lines(page, image) for page, image in zip(pages, images, strict=True)]


def encode_image(image):
    """The bytes of a file, as they are; pixels become a PNG."""
    if isinstance(image, bytes):
        return image
    if isinstance(image, str | Path):
        try:
            return Path(image).read_bytes()
        except OSError as error:
            raise UnreadableError(f"An image is read from a file that opens. Received: {image}: {error.strerror}.") from error
    stream = io.BytesIO()
    Image.fromarray(np.asarray(image)).save(stream, "PNG", compress_level=1)
    return stream.getvalue()


def _read(images, server, signature, make_page, **settings):
    """The answer to a request for one of the signatures, as Pages; `make_page(outputs, row, image)`."""
    outputs = ask_for_outputs([encode_image(image) for image in images], signature, server, **settings)
    try:
        return [make_page(outputs, row, image) for row, image in enumerate(images)]
    except (KeyError, IndexError, TypeError, ValueError) as error:
        wanted = ", ".join(OUTPUTS[signature])
        raise ServerError(f"A model of `ocr-crnn export` answers with {wanted}. Received: {error!r} in the answer of {server}.") from error


def _page(outputs, row, image):
    """The Page of one image out of the outputs of a batch, lists."""
    path = _path(image)
    if error := _error(outputs, row, path):
        return error
    count = outputs["counts"][row]
    columns = {name: outputs[name][row][:count] for name in ("scores", "lines", "blocks")}
    texts = [_text(text) for text in outputs["texts"][row][:count]]
    return Page(path, tuple(outputs["sizes"][row]), outputs["quads"][row][:count], texts, left_out=int(outputs["left_out"][row]), **columns)


def _line_page(outputs, row, image):
    """Likewise, of an image of a line: its text fills it."""
    path = _path(image)
    if error := _error(outputs, row, path):
        return error
    height, width = _size(image)
    text = _text(outputs["texts"][row])
    rows = slice(int(bool(text.strip())))
    quad = [[0, 0], [width, 0], [width, height], [0, height]]
    return Page(path, (height, width), [quad][rows], [text][rows], scores=[outputs["scores"][row]][rows], lines=[0][rows], blocks=[0][rows])


def _error(outputs, row, path):
    error = _text(outputs["errors"][row])
    return UnreadableError(f"{path}: {error}" if path else error) if error else None


def _path(image):
    return str(image) if isinstance(image, str | Path) else None


def _size(image):
    if isinstance(image, bytes | str | Path):
        with Image.open(io.BytesIO(image) if isinstance(image, bytes) else image) as picture:
            return ImageOps.exif_transpose(picture).size[::-1]
    return np.asarray(image).shape[:2]


def _text(value):
    return value.decode() if isinstance(value, bytes) else value
