"""Read images on a TensorFlow Serving server that runs a model of export.py: REST by default, gRPC with the extra `serve`.

The server finds and reads the characters of a page; words, cells and reading order are made of them here, by the stages of the local
reader, so that both give the same Pages.
"""

import io
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image

from ocr_crnn.images import UnreadableError, read_images
from ocr_crnn.reading.lines import move_page, page_of_line
from ocr_crnn.reading.reader import STAGES, run_stages
from ocr_crnn.reading.reading import Reading
from ocr_crnn.reading.stages import find_stage
from ocr_crnn.recognition.given_lines import prepare_line
from ocr_crnn.recognition.recognizer import ReadLine
from ocr_crnn.serving.answers import AnswerError, line_of_answer, page_of_answer, size_of_answer, text_of_answer
from ocr_crnn.serving.bounded import said
from ocr_crnn.serving.protocol import IMAGES_AT_ONCE, OUTPUTS
from ocr_crnn.serving.transport import ServerError, ask_for_outputs, ask_for_status, check_schema


def read_remote(image, server, model="ocr", version=None, label=None, timeout_s=60.0, retries=4, sleep=time.sleep):
    """Read one image on a server → Page, one row per word, as DocumentReader gives.

    image: a path or the bytes of a JPEG, PNG, BMP or GIF, or uint8 pixels `(height, width[, 3])`. server: `http://host:8501`,
    `https://…`, or `grpc://host:8500`, which `host:8500` is short for. version, label: of the model; the latest by default.
    timeout_s: for the whole answer, from the first attempt to the last byte. A server that is busy or starting is asked again `retries`
    times, after 0.5, 1, 2, 4, … seconds (`sleep`), as long as there is time. An answer is bounded (bounded.MAX_BYTES) and checked
    (answers.py), and no redirect is followed. Raises UnreadableError for an image the server cannot read, ServerError for a server that
    fails.
    """
    settings = {"model": model, "version": version, "label": label, "timeout_s": timeout_s, "retries": retries, "sleep": sleep}
    (page,) = read_remote_batch([image], server, **settings)
    if isinstance(page, UnreadableError):
        raise page
    return page


def read_remote_batch(images, server, stages=(), **settings):
    """`read_remote` of several images → list of Page, and of UnreadableError in place of those that cannot be read.

    A request holds IMAGES_AT_ONCE of them at most. stages: as of DocumentReader.
    """
    return _read(images, server, "serving_default", lambda outputs, images: read_answer(outputs, images, stages), **settings)


def read_remote_lines(images, server, **settings):
    """As `read_remote_batch`, of images that are one upright line of text each, with the Pages of LineReader."""
    return _read(images, server, "recognize", read_line_answer, **settings)


def connect(server, lines=False, stages=(), **settings):
    """A RemoteReader of a server that is there and has the model. Raises ServerError where it is not or has not."""
    ask_for_status(server, **settings)
    return RemoteReader(server, lines, stages, **settings)


class RemoteReader:
    """What `commands.read` reads pages with, on a server; settings as of `read_remote`.

    lines: the images are one line of text each. stages: for pages, as of DocumentReader.
    """

    def __init__(self, server, lines=False, stages=(), **settings):
        self.server, self.lines, self.settings = server, lines, settings
        self.stages = tuple(map(find_stage, stages))
        self.images_at_once = IMAGES_AT_ONCE if lines else 1

    def read_pages(self, images):
        """uint8 images `(height, width, 3)` → list of Page, one row per word. Raises UnreadableError if one of them cannot be read."""
        if self.lines:
            lines = [prepare_line(image) for image in images]
            pages = read_remote_lines([line.image for line in lines], self.server, **self.settings)
        else:
            pages = read_remote_batch(images, self.server, self.stages, **self.settings)
        for page in pages:
            if isinstance(page, UnreadableError):
                raise page
        if self.lines:
            places = [(line.left, line.top, image.shape[:2]) for line, image in zip(lines, images, strict=True)]
            pages = [move_page(page, *place) for page, place in zip(pages, places, strict=True)]
        return pages


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


def read_answer(outputs, images, stages=()):
    """What a model of export.py answers for images → list of Page or UnreadableError, as `read_remote_batch`.

    outputs: of the signature `serving_default`, {name: lists or arrays}, the images' axis first. Raises AnswerError for what no model says.
    """
    stages = (*STAGES, *map(find_stage, stages))
    return _pages(outputs, images, lambda row, pixels: run_stages(_reading(outputs, row, pixels), pixels, stages))


def read_line_answer(outputs, images):
    """Likewise of the signature `recognize` for images of lines."""
    return _pages(outputs, images, lambda row, pixels: page_of_line(pixels, _line(line_of_answer(outputs, row))))


def _read(images, server, signature, read, **settings):
    """The answers for images, in requests that the server takes, as Pages and errors."""
    pages = []
    for start in range(0, len(images), IMAGES_AT_ONCE):
        part = images[start : start + IMAGES_AT_ONCE]
        outputs = ask_for_outputs([encode_image(image) for image in part], signature, server, **settings)
        check_schema(outputs.get("schemas"), server)
        try:
            pages += read(outputs, part)
        except AnswerError as error:
            rule = f"A model of `ocr-crnn export` answers with {', '.join(OUTPUTS[signature])}."
            fix = "Ask another server, or export the model anew."
            raise ServerError(f"{rule} Received: {said(error)} in the answer of {server}. {fix}") from error
    return pages


def _pages(outputs, images, make_page):
    """One request's answer as Pages and errors; `make_page(row, pixels)`."""
    return [_page_or_error(outputs, row, image, make_page) for row, image in enumerate(images)]


def _page_or_error(outputs, row, image, make_page):
    """One image's part of an answer, columns of lists, as a Page or an UnreadableError."""
    path = str(image) if isinstance(image, str | Path) else None
    if error := text_of_answer(outputs, "errors", row):
        return UnreadableError(f"{path}: {said(error)}" if path else said(error))
    try:
        pixels = next(read_images(image)).pixels
    except UnreadableError as error:
        return error
    size = size_of_answer(outputs, row)
    if pixels.shape[:2] != size:
        rule = "Server and client have to see an image in the same size, as characters are placed on it here."
        fix = "Save the image as PNG."
        return UnreadableError(f"{path or 'An image'}: {rule} Received: {size} there, {pixels.shape[:2]} here. {fix}")
    return replace(make_page(row, pixels), image_path=path)


def _reading(outputs, row, pixels):
    return Reading(pixels.shape[:2], **page_of_answer(outputs, row, pixels.shape[:2]))


def _line(columns):
    scores = columns["scores"]
    text = "".join(map(chr, columns["codes"]))
    return ReadLine(text, float(np.mean(scores)) if len(scores) else 0.0, scores, columns["spans"])
