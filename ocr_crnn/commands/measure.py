"""The command `evaluate`: a run or a preset against data it has not seen, lines or whole pages."""

import logging
from pathlib import Path

import numpy as np

from ocr_crnn.data.aihub import WrongDataSetError, read_aihub_font_images
from ocr_crnn.data.line_loader import fills_page
from ocr_crnn.data.samples import UnreadableImageError, decode_bytes, read_image_bytes
from ocr_crnn.evaluation.lines import evaluate_lines
from ocr_crnn.evaluation.pages import evaluate_pages
from ocr_crnn.formats.page_json import SCHEMAS, read_page_json
from ocr_crnn.granularity import segments
from ocr_crnn.images import read_images
from ocr_crnn.ops.lines import crop_quad
from ocr_crnn.page import Page
from ocr_crnn.presets import find_preset, read_config
from ocr_crnn.quiet import start_tensorflow
from ocr_crnn.reading.crops import expand_quads
from ocr_crnn.reading.reader import DocumentReader
from ocr_crnn.untrusted.plain import open_plain

SLICES = ("degradation", "part")  # attributes of rows that are those of their page, too


def evaluate(run_or_preset, data, detector=None, recognizer=None, limit=None, progress=iter):
    """Evaluate a network on a folder of data → Report.

    data: a folder (or zip) of line images in the shape of AI Hub's printed font images, or a folder of page JSON files with their
        images, as `ocr-crnn render` writes both.
    On lines and on the segments of pages a recogniser reads crops that the truth has cut. On pages a detector is measured by its
    boxes; with a partner, `detector` for a recogniser and `recognizer` for a detector (preset or run), whole pages are read.
    limit: at most so many lines or pages. progress: wraps the iterable of samples.
    """
    page_files = find_page_files(data)
    network = load_reader(run_or_preset)
    if page_files is None:
        if not network.reads:
            raise ValueError(f"A detector is evaluated on pages. Received: {data}, without page JSON files. See ocr-crnn render pages.")
        samples = progress(_take(_aihub_samples(data), limit))
        return evaluate_lines(network.read_texts, samples, title=f"{run_or_preset} · {data}")
    title = f"{run_or_preset} · {data}"
    if network.reads and detector is None:
        return evaluate_lines(network.read_texts, progress(_take(_crops(page_files), limit)), title=title)
    wanted = detector if network.reads else recognizer
    partner = load_reader(wanted) if wanted else None
    if partner is None:
        predict = network.detect
    else:
        lines, boxes = (network, partner) if network.reads else (partner, network)
        predict = DocumentReader(boxes.detector, lines.recognizer).read_pages
    return evaluate_pages(predict, progress(_take(_pages(page_files, as_segments=partner is None), limit)), title=title)


class Recognizer:
    """recognizer: images → list of ReadLine."""

    reads = True

    def __init__(self, recognizer):
        self.recognizer = recognizer

    def read_texts(self, images):
        return [line.text for line in self.recognizer(images)]


class Detector:
    """detector: image → Detections."""

    reads = False

    def __init__(self, detector):
        self.detector = detector

    def detect(self, images):
        return [self.detector.detect_page(image) for image in images]


def load_reader(run_or_preset):
    """The Recognizer or Detector of a run folder or of a preset, by name or folder."""
    start_tensorflow()
    from ocr_crnn.detection.detector import TextDetector
    from ocr_crnn.recognition.recognizer import TextRecognizer
    from ocr_crnn.training.run import load_network, make_recognizer

    if (Path(run_or_preset) / "network.json").is_file():
        network, alphabet = load_network(run_or_preset)
        if getattr(network, "task", None) == "detection":
            return Detector(TextDetector(network.fold()))
        return Recognizer(make_recognizer(run_or_preset, network, alphabet))
    config = read_config(find_preset(run_or_preset))
    if config.get("task") == "detection":
        return Detector(TextDetector.from_preset(run_or_preset))
    return Recognizer(TextRecognizer.from_preset(run_or_preset, prepare=False))


def find_page_files(data):
    """The page JSON files of a folder, sorted; None where it holds another data set. Raises FileNotFoundError."""
    if not Path(data).exists():
        raise FileNotFoundError(f"Data are a folder or a zip. Received: {data}, which does not exist.")
    if not Path(data).is_dir():
        return None
    return [path for path in sorted(Path(data).rglob("*.json")) if _is_page_file(path)] or None


def _is_page_file(path):
    try:
        with open_plain(path) as stream:
            head = stream.read(100)
            return any(f'"{schema}"'.encode() in head for schema in SCHEMAS)
    except (OSError, ValueError):  # a pipe, a folder, a broken link
        return False


def _take(samples, limit):
    for number, sample in enumerate(samples):
        if number == limit:
            return
        yield sample


def _aihub_samples(data):
    """(image, truth, attributes) of every text of an AI Hub set; the image is None where its file cannot be read."""
    try:
        truth = read_aihub_font_images(data)
    except WrongDataSetError as error:
        raise ValueError(f"{error} Or name a folder of page JSON files, as `ocr-crnn render pages` writes.") from None
    for page in truth.pages:
        try:
            image = decode_bytes(read_image_bytes(page.image_path), page.image_path)
        except (UnreadableImageError, OSError):
            image = None
        for row, text in enumerate(page.texts):
            crop = image if image is None or fills_page(page) else crop_quad(image, page.quads[row], whole_pixels=False)
            yield crop, text, _plain(page, row)


def _crops(files):
    """(crop, text, attributes) of the segments of pages, cut as the reader cuts them."""
    for path in files:
        page, pixels = _read_sample(path)
        page = segments(page) if page.attributes is not None and all("segment" in row for row in page.attributes) else page
        for row, quad in enumerate(expand_quads(page.quads)):
            yield None if pixels is None else crop_quad(pixels, quad), page.texts[row], _plain(page, row)


def _pages(files, as_segments):
    """(image, Page, attributes) of page files. as_segments: rows are what a detector finds, runs of words."""
    for path in files:
        page, pixels = _read_sample(path)
        known = {name: value for name, value in _plain(page, 0).items() if name in SLICES} if len(page) else {}
        if as_segments and page.attributes is not None and all("segment" in row for row in page.attributes):
            page = segments(page)
        yield pixels, page, known


def _read_sample(path):
    """The Page of a file and its pixels; None for an image that cannot be read. A page file that cannot be read is an empty page."""
    try:
        page = read_page_json(path)
    except (OSError, ValueError) as error:
        logging.getLogger("ocr_crnn").warning(str(error))
        return Page(str(path), (1, 1), np.zeros((0, 4, 2)), []), None
    try:
        return page, None if page.image_path is None else next(read_images(page.image_path)).pixels
    except (OSError, ValueError, StopIteration):
        return page, None


def _plain(page, row):
    return {} if page.attributes is None or not page.attributes[row] else dict(page.attributes[row])
