"""The command `evaluate`: a run or a preset against data it has not seen, lines or whole pages."""

import json
from pathlib import Path

import numpy as np
from PIL import Image

from ocr_crnn.data.aihub import WrongDataSetError, read_aihub_font_images
from ocr_crnn.data.line_loader import crop_quad, fills_page, lineage_line
from ocr_crnn.data.line_table import lineage_frames
from ocr_crnn.data.samples import UnreadableImageError, decode_bytes, read_image_bytes
from ocr_crnn.evaluation.lines import evaluate_lines
from ocr_crnn.evaluation.pages import evaluate_pages
from ocr_crnn.formats.page_json import SCHEMA, read_page_json
from ocr_crnn.granularity import segments
from ocr_crnn.images import UnreadableError, read_images
from ocr_crnn.presets import CONFIG, find_preset
from ocr_crnn.reading.crops import crop_quad as crop_upright
from ocr_crnn.reading.crops import expand_quads
from ocr_crnn.reading.loading import start_tensorflow
from ocr_crnn.reading.reader import DocumentReader

WIDTH_STEP = 32  # widths of lines are rounded up to it, so that a network is compiled for few shapes
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
        if not callable(getattr(network, "read_texts", None)):
            raise ValueError(f"A detector is evaluated on pages. Received: {data}, without page JSON files. See ocr-crnn render pages.")
        samples = progress(_take(_aihub_samples(data), limit))
        return evaluate_lines(network.read_texts, samples, title=f"{run_or_preset} · {data}")
    title = f"{run_or_preset} · {data}"
    reads = isinstance(network, Recognizer)
    if reads and detector is None:
        return evaluate_lines(network.read_texts, progress(_take(_crops(page_files), limit)), title=title)
    partner = load_reader(detector if reads else recognizer) if (detector if reads else recognizer) else None
    if partner is None:
        predict = network.detect
    else:
        lines, boxes = (network, partner) if reads else (partner, network)
        predict = DocumentReader(boxes.detector, lines.recognizer).read_pages
    return evaluate_pages(predict, progress(_take(_pages(page_files, as_segments=partner is None), limit)), title=title)


class Recognizer:
    """recognizer: images → list of ReadLine."""

    def __init__(self, recognizer):
        self.recognizer = recognizer

    def read_texts(self, images):
        return [line.text for line in self.recognizer(images)]


class Detector:
    def __init__(self, detector):
        self.detector = detector

    def detect(self, images):
        return [self.detector.detect_page(image) for image in images]


class LineageRecognizer:
    """A CRNN of the lineage, which reads lines as its InputGenerator prepared them for training.

    A fixed width: lines are padded, or squeezed, to it, and all frames are read. Any width: the frames of the line are read.
    preprocess: as of InputGenerator.
    """

    def __init__(self, network, alphabet, preprocess=None):
        import keras

        self.network = keras.Model(network.get_layer("image_input").output, network.get_layer("softmax").output)
        self.alphabet = alphabet
        self.preprocess = preprocess

    def read_texts(self, images):
        import cv2

        from ocr_crnn.decoding.greedy import decode_greedy
        from ocr_crnn.ops.lines import resize_line

        _, width, height, channels = self.network.input_shape
        texts = []
        for image in images:
            if self.preprocess == "lineage":
                gray = np.asarray(Image.fromarray(image).convert("L"))[..., None]
                line, paper = lineage_line(gray, height, width)[..., 0], 0
            else:
                line, paper = resize_line(image, height), 255
            if width is not None and line.shape[1] > width:
                line = cv2.resize(line, (width, height), interpolation=cv2.INTER_AREA)
            padded = width or -(-line.shape[1] // WIDTH_STEP) * WIDTH_STEP
            pixels = np.pad(line, ((0, 0), (0, padded - line.shape[1])), constant_values=paper).T[None, ..., None]
            probabilities = self.network.predict_on_batch(np.repeat(pixels.astype(np.float32), channels, axis=-1))
            frames = None if width is not None else np.clip([lineage_frames(line.shape[1])], 1, probabilities.shape[1])
            texts.append(self.alphabet.decode(decode_greedy(np.log(probabilities + 1e-20), frames)[0].ids))
        return texts


def load_reader(run_or_preset):
    """The Recognizer, LineageRecognizer or Detector of a run folder or of a preset, by name or folder."""
    start_tensorflow()
    from ocr_crnn.detection.detector import TextDetector
    from ocr_crnn.recognition.recognizer import TextRecognizer
    from ocr_crnn.training.run import load_network, read_config

    if (Path(run_or_preset) / "network.json").is_file():
        network, alphabet = load_network(run_or_preset)
        if alphabet is None:
            return Detector(TextDetector(network.fold()))
        if hasattr(network, "stride"):
            return Recognizer(TextRecognizer(network, alphabet))
        return LineageRecognizer(network, alphabet, read_config(run_or_preset)["arguments"].get("preprocess"))
    config = json.loads((find_preset(run_or_preset) / CONFIG).read_text(encoding="utf-8"))
    if config.get("task") == "detection":
        return Detector(TextDetector.from_preset(run_or_preset))
    return Recognizer(TextRecognizer.from_preset(run_or_preset))


def find_page_files(data):
    """The page JSON files of a folder, sorted; None where it holds another data set. Raises FileNotFoundError."""
    if not Path(data).exists():
        raise FileNotFoundError(f"Data are a folder or a zip. Received: {data}, which does not exist.")
    if not Path(data).is_dir():
        return None
    files = [path for path in sorted(Path(data).rglob("*.json")) if f'"{SCHEMA}"' in path.read_bytes()[:100].decode("utf-8", "replace")]
    return files or None


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
            crop = image if image is None or fills_page(page) else crop_quad(image, page.quads[row])
            yield crop, text, _plain(page, row)


def _crops(files):
    """(crop, text, attributes) of the segments of pages, cut as the reader cuts them."""
    for path in files:
        page = read_page_json(path)
        page = segments(page) if page.attributes is not None and all("segment" in row for row in page.attributes) else page
        try:
            pixels = next(read_images(page.image_path)).pixels
        except UnreadableError:
            pixels = None
        for row, quad in enumerate(expand_quads(page.quads)):
            yield None if pixels is None else crop_upright(pixels, quad), page.texts[row], _plain(page, row)


def _pages(files, as_segments):
    """(image, Page, attributes) of page files. as_segments: rows are what a detector finds, runs of words."""
    for path in files:
        page = read_page_json(path)
        known = {name: value for name, value in _plain(page, 0).items() if name in SLICES} if len(page) else {}
        if as_segments and page.attributes is not None and all("segment" in row for row in page.attributes):
            page = segments(page)
        yield next(read_images(page.image_path)).pixels, page, known


def _plain(page, row):
    return {} if page.attributes is None or not page.attributes[row] else dict(page.attributes[row])
