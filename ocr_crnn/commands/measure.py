"""The command `evaluate`: a run or a preset against data it has not seen, lines or whole pages."""

from dataclasses import replace
from pathlib import Path

from ocr_crnn.data.ground_truth import read_one
from ocr_crnn.data.line_loader import fills_page
from ocr_crnn.data.samples import UnreadableImageError, read_page_image
from ocr_crnn.data.validation import KINDS
from ocr_crnn.evaluation.lines import evaluate_lines
from ocr_crnn.evaluation.pages import evaluate_pages
from ocr_crnn.evaluation.str_benchmarks import PROTOCOLS, evaluate_by_all_protocols, evaluate_words
from ocr_crnn.granularity import segments
from ocr_crnn.ops.lines import crop_quad
from ocr_crnn.presets import find_preset, read_config
from ocr_crnn.quiet import start_tensorflow
from ocr_crnn.reading.crops import expand_quads
from ocr_crnn.reading.reader import DocumentReader

KOREAN = "hangul"  # the protocol of whole lines in NFC, as without one
ALL = "all"  # those of the field, one beside the other
SLICES = ("degradation", "part")  # attributes of rows that are those of their page, too


def evaluate(run_or_preset, data, detector=None, recognizer=None, limit=None, progress=iter, protocol=None):
    """Evaluate a network on a folder, zip or file of data → Report.

    data: ground truth in any format (data/ground_truth.py): line images, or pages with the places of their texts.
    On lines and on the rows of pages, the segments of rendered ones, a recogniser reads crops that the truth has cut. On pages a detector
    is measured by its boxes; with a partner, `detector` for a recogniser and `recognizer` for a detector (preset or run), whole pages are
    read. limit: at most so many lines or pages. progress: wraps the iterable of samples. protocol: of `str_benchmarks.PROTOCOLS`, by which
    a recogniser's words are compared, or "all" of them; None and "hangul" compare lines.
    """
    if protocol not in (None, KOREAN, ALL, *PROTOCOLS):
        raise ValueError(f"A protocol is one of {', '.join(PROTOCOLS)}, {ALL}, {KOREAN}. Received: {protocol}. Take one, or leave it out.")
    format, truth = read_one(data)
    if not truth.pages:
        raise ValueError(
            f"A network is measured on lines or pages with their truth. Received: {data} without any that can be used"
            f"{_causes(truth.report)} See ocr-crnn check {data}."
        )
    network = load_reader(run_or_preset)
    title = f"{run_or_preset} · {data}"
    wanted = detector if network.reads else recognizer
    of_lines = format != "pages" and all(map(fills_page, truth.pages))
    if of_lines and not network.reads:
        raise ValueError(f"A detector is evaluated on pages. Received: {data}, images of one line each. See ocr-crnn render pages.")
    if network.reads and (detector is None or of_lines):
        samples = progress(_take(_lines(truth.pages, as_cut_by_reader=format == "pages"), limit))
        if protocol in PROTOCOLS:
            report = evaluate_words(network.read_texts, samples, protocol, title)
        elif protocol == ALL:
            report = evaluate_by_all_protocols(network.read_texts, samples, title)
        else:
            report = evaluate_lines(network.read_texts, samples, title=title)
    elif network.read_pages and wanted:
        raise ValueError(f"A network that finds and reads is measured alone. Received: {wanted} beside it. Leave that out.")
    elif protocol is not None:
        raise ValueError(f"A protocol is for words read. Received: --protocol {protocol} for boxes or whole pages. Leave it out.")
    else:
        partner = load_reader(wanted) if wanted else None
        if network.read_pages:
            predict = network.read_pages
        elif partner is None:
            predict = network.detect
        else:
            lines, boxes = (network, partner) if network.reads else (partner, network)
            predict = DocumentReader(boxes.detector, lines.recognizer).read_pages
        pages = _pages(truth.pages, as_segments=not network.read_pages and partner is None)
        report = evaluate_pages(predict, progress(_take(pages, limit)), title=title)
    return replace(report, notes=[*report.notes, *_findings(truth.report)])


class Recognizer:
    """recognizer: images → list of ReadLine."""

    reads, read_pages = True, None

    def __init__(self, recognizer):
        self.recognizer = recognizer

    def read_texts(self, images):
        return [line.text for line in self.recognizer(images)]


class Detector:
    """detector: image → Detections."""

    reads, read_pages = False, None

    def __init__(self, detector):
        self.detector = detector

    def detect(self, images):
        return [self.detector.detect_page(image) for image in images]


class FindsAndReads:
    """spotter: a TextSpotter, which reads whole pages. It takes no partner."""

    reads = False

    def __init__(self, spotter):
        self.read_pages = DocumentReader(spotter, None).read_pages


def load_reader(run_or_preset):
    """The Recognizer, Detector or FindsAndReads of a run folder or of a preset, by name or folder."""
    start_tensorflow()
    from ocr_crnn.detection.detector import TextDetector
    from ocr_crnn.recognition.recognizer import TextRecognizer
    from ocr_crnn.spotting.text_spotter import TextSpotter
    from ocr_crnn.training.run import load_network, make_recognizer

    if (Path(run_or_preset) / "network.json").is_file():
        network, alphabet = load_network(run_or_preset)
        if getattr(network, "task", None) == "detection":
            return Detector(TextDetector(network.fold()))
        if getattr(network, "task", None) == "spotting":
            return FindsAndReads(TextSpotter(network.fold(), alphabet))
        return Recognizer(make_recognizer(run_or_preset, network, alphabet))
    config = read_config(find_preset(run_or_preset))
    if config.get("task") == "detection":
        return Detector(TextDetector.from_preset(run_or_preset))
    if config.get("task") == "spotting":
        return FindsAndReads(TextSpotter.from_preset(run_or_preset))
    return Recognizer(TextRecognizer.from_preset(run_or_preset, prepare=False))


def _take(samples, limit):
    for number, sample in enumerate(samples):
        if number == limit:
            return
        yield sample


def _lines(pages, as_cut_by_reader):
    """(crop, text, attributes) of the texts of pages; the crop is None where the image cannot be read.

    as_cut_by_reader: the rows are what a detector finds, segments where they are known, and cut with the margins that the reader takes.
    """
    for page in pages:
        image = _read(page)
        page = _as_segments(page) if as_cut_by_reader else page
        quads = expand_quads(page.quads) if as_cut_by_reader else page.quads
        for row, text in enumerate(page.texts):
            crop = image if image is None or fills_page(page) else crop_quad(image, quads[row], whole_pixels=as_cut_by_reader)
            yield crop, text, _plain(page, row)


def _pages(pages, as_segments):
    """(image, Page, attributes) of pages. as_segments: rows are what a detector finds, runs of words, where they are known."""
    for page in pages:
        known = {name: value for name, value in _plain(page, 0).items() if name in SLICES} if len(page) else {}
        yield _read(page), _as_segments(page) if as_segments else page, known


def _as_segments(page):
    known = page.attributes is not None and all("segment" in row for row in page.attributes)
    return segments(page) if known else page


def _read(page):
    try:
        return read_page_image(page)
    except (UnreadableImageError, OSError):
        return None


def _findings(report):
    """A sentence about what was wrong with the data, or none."""
    counts = ", ".join(f"{count:,} {kind}" for kind, count in report.counts.most_common())
    return [f"The data have findings, which ocr-crnn check lists: {counts}."] if counts else []


def _causes(report):
    """What was found, kind by kind, with the first of each."""
    first = {kind: detail or KINDS[kind] for kind, _, detail in reversed(report.rows)}
    return ":" + "".join(f" {count:,} {kind} ({first[kind]})." for kind, count in report.counts.most_common()) if first else "."


def _plain(page, row):
    return {} if page.attributes is None or not page.attributes[row] else dict(page.attributes[row])
