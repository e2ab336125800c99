"""TextRecognizer: an engine and a codec. Images of lines in, texts with scores and spans out. NumPy and Pillow only."""

from concurrent.futures import ThreadPoolExecutor
from inspect import signature
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image

from ocr_crnn.alphabet import Alphabet
from ocr_crnn.images import array_to_rgb, decode_picture, is_spread, read_images
from ocr_crnn.ops.lines import fit_line_width, fit_width, stack_lines
from ocr_crnn.presets import WEIGHTS, fitting, load_variables, preset_file, read_preset, read_shapes, save_variables, write_preset
from ocr_crnn.recognition.codecs import as_codec, make_codec
from ocr_crnn.recognition.doubted import SHARES, change_paper, is_doubted, move_spans, read_doubted
from ocr_crnn.recognition.false_spaces import close_spaces
from ocr_crnn.recognition.given_lines import prepare_line
from ocr_crnn.recognition.long_lines import cut_line, read_in_pieces
from ocr_crnn.untrusted.settings import check_flag, check_names, check_number, check_pair

DEFAULT_PRESET = "attention_ctc_ko"
BATCH_COLUMNS = 8192  # pixel columns in a batch: few enough that the logits of 11,634 classes stay below 100 MB
MIN_SCORE = 0.6  # found on rendered and degraded pages: what reads with less is strokes of stamps, pictures, print of the other side
KEPT = ("min_score", "prepare", "calibration")  # arguments of TextRecognizer that a preset keeps, for they depend on its weights

ALPHABET = "alphabet.txt"  # of a preset
FROM_ALPHABET = "from the alphabet"  # in config.json instead of 11,634 numbers that the alphabet implies


class ReadLine(NamedTuple):
    """What was read in one image.

    text: NFC. score: the mean of the character scores, 0..1, and 0 where nothing was read.
    character_scores: float32 `(characters,)`, 0..1. spans_px: float32 `(characters, 2)`, where each character begins and
    ends along the width of the image as it was given, in pixels; spaces included. None where the codec knows no places.
    """

    text: str
    score: float
    character_scores: np.ndarray
    spans_px: np.ndarray | None


class TextRecognizer:
    """Read line images.

    network: a RecognitionNetwork, or an engine that runs one (recognition/engine.py). codec: ties its outputs to text
    (recognition/codecs.py); an Alphabet stands for the network's own codec without a search. columns: pixel columns of the batches that
    are read at once. min_score: lines that read with less are for a document reader to leave out; a preset keeps its own.
    prepare: lines are cut to their ink and laid dark on light first (given_lines.py), for people leave paper around them, and those with
    a doubtful character are read again (doubted.py); the crops of a document reader and of a data set are not. The shipped preset does so
    unless it is told otherwise; a preset keeps its own.
    calibration: for a reader to tell what scores mean, see reading/confidence.py; those of a ReadLine are the network's own.
    """

    def __init__(self, network, codec, columns=BATCH_COLUMNS, min_score=MIN_SCORE, prepare=False, calibration=(1.0, 0.0)):
        self.engine = network.as_engine()
        self.codec = as_codec(codec, self.engine.codec)
        if self.engine.classes != self.codec.classes:
            raise ValueError(
                f"The network has the classes of its codec. Received: {self.engine.classes} classes, {self.codec.classes} in the codec "
                f"{self.codec.name!r} of {self.codec.alphabet!r}. Use the alphabet that the network was trained with."
            )
        if self.codec.search is not None and self.engine.gives != "logits":
            raise ValueError(
                f"A search looks at the logits of all classes. Received: a search, and an engine that gives {self.engine.gives}. "
                "Take the Keras engine, or no search."
            )
        self.columns = check_number("columns", columns, 1, 1 << 24, whole=True)
        self.min_score = check_number("min_score", min_score, 0, 1)
        self.prepare = check_flag("prepare", prepare)
        self.calibration = check_pair("calibration", calibration, -1e3, 1e3)

    @classmethod
    def from_preset(cls, name_or_folder=DEFAULT_PRESET, engine=None, **kwargs):
        """A recogniser with the weights of a shipped preset, or of a folder that `save_to_preset` has written.

        engine: runs the network of the preset, so that neither its class nor Keras is needed; None for Keras.
        Raises PresetError for an unknown name, listing the known ones, and for damaged files.
        """
        folder, config = read_preset(name_or_folder, "recognition")
        with fitting(folder):
            codec = make_codec(config.get("codec", "ctc"), Alphabet.load(preset_file(folder, config, ALPHABET)))
        if engine is None:
            engine = _build_engine(folder, config, codec)
        kept = {name: config[name] for name in KEPT if name in config}
        with fitting(folder):
            if codec.name != engine.codec:
                raise ValueError(f"A codec is that of its network. Received: {codec.name} for one of {engine.codec}. Correct config.json.")
            recognizer = cls(engine, codec, **kept | kwargs)
        return recognizer.freeze()

    def save_to_preset(self, folder, card=None):
        """Write config.json, alphabet.txt, the weights in float16 and the model card README.md (`card`, Markdown) to a folder."""
        from ocr_crnn.presets.networks import network_config

        config = network_config(self.network)
        implied = {name: FROM_ALPHABET for name, value in config["arguments"].items() if value == self.codec.syllables}
        numbers = {"codec": self.codec.name, "engine_arguments": self.engine.arguments, **self._kept()}
        return write_preset(
            folder,
            {"task": "recognition", **config, "arguments": {**config["arguments"], **implied}, **numbers},
            {ALPHABET: self.alphabet.save, WEIGHTS: lambda path: save_variables(self.network.variables, path)},
            card or f"# {Path(folder).name}\n\n`TextRecognizer.from_preset({str(folder)!r})` reads lines with these weights.\n",
        )

    @property
    def alphabet(self):
        return self.codec.alphabet

    @property
    def network(self):
        """The Keras network. Raises ValueError where the engine has none."""
        if self.engine.network is None:
            raise ValueError(
                f"This needs the Keras network. Received: a recogniser with the engine {type(self.engine).__name__}, which has none. "
                "Load it with the Keras engine."
            )
        return self.engine.network

    @property
    def read_best_path(self):
        """The TensorFlow function `(images, widths) → best paths` of a frozen recogniser, which a served graph holds; or None."""
        return self.engine.traced

    def freeze(self):
        """Read best paths in less time from here on, with the weights as they are now; returns the recogniser.

        The same is read. A network that cannot be frozen, another backend than TensorFlow, or a codec with a search goes on as before.
        Call it again after changing the weights.
        """
        if self.codec.search is None:
            self.engine = self.engine.freeze()
        return self

    def with_search(self, search):
        """A recogniser of the same network and columns whose codec decodes by `search`, see CTCCodec."""
        engine = self.network.as_engine(**self.engine.arguments)
        return TextRecognizer(engine, self.codec.with_search(search), self.columns, **self._kept())

    def for_crops(self):
        """The recogniser as a document reader calls it: of the same engine, and it does not prepare its lines."""
        return TextRecognizer(self.engine, self.codec, self.columns, **self._kept() | {"prepare": False})

    def _kept(self):
        return {name: getattr(self, name) for name in KEPT}

    def without(self, characters):
        """A recogniser that never reads some characters, `ocr_crnn.alphabet.hanja()` for instance: the next best stand in their place."""
        ids = self.alphabet.encode("".join(c for c in characters if c in self.alphabet))
        return TextRecognizer(self.engine.without(ids), self.codec, self.columns, **self._kept())

    def __call__(self, images):
        """Read images; returns a list of ReadLine in their order.

        images: list of paths, PIL images or arrays `(height, width)`, `(height, width, 1, 3 or 4)` (RGB) of any size, one upright line
        of text each, with any paper around it. Lines are sorted by width and read in batches of like width.
        Raises UnreadableError for a file that is no image.
        """
        if not self.prepare:
            return self._read([load_line(image) for image in images])
        with ThreadPoolExecutor(self.engine.in_flight) as pool:
            lines = list(pool.map(lambda image: prepare_line(load_line(image)), images))
        read = self._read_again([line.image for line in lines])
        return [_move(_close(read, line.image), line.left) for read, line in zip(read, lines, strict=True)]

    def _read_again(self, images):
        """A ReadLine of each image, of those that are doubted what most readings say, with more and with less paper."""

        def read(rows, shares):
            changed = [change_paper(images[row], share) for row, share in zip(rows, shares, strict=True)]
            read = self._read([image for image, _ in changed])
            return [move_spans(line, -pixels, images[row].shape[1]) for line, (_, pixels), row in zip(read, changed, rows, strict=True)]

        return read_doubted(self._read(images), read, SHARES, is_doubted)

    def _read(self, images):
        """A ReadLine of each image. What is too wide or too long for the network is read in pieces."""
        widest = self.engine.widest
        if widest is None:
            return [line for line, _ in self._read_whole(images)]
        pieces = [cut_line(image, widest * len(image) // self.engine.height) for image in images]
        return read_in_pieces(pieces, lambda parts: self._read_whole([piece.image for _, piece in parts]))

    def _read_whole(self, images):
        """The ReadLine of each image, and whether its network had more to say."""
        batches = list(self._plan_batches(images))
        read = [None] * len(images)
        with ThreadPoolExecutor(self.engine.in_flight) as pool:
            for batch, lines in zip(batches, pool.map(lambda batch: self._read_batch([images[i] for i in batch]), batches), strict=True):
                for i, line in zip(batch, lines, strict=True):
                    read[i] = line
        return read

    def _plan_batches(self, images):
        """Indices in batches of like width, the widest first: each within its share of the budget of columns, or a single line.

        Few lines make as many batches as calls may run at once, for none to be idle.
        """
        widths = [fit_line_width(*image.shape[:2], self.engine.height) for image in images]
        at_once = self.engine.in_flight
        columns = min(self.columns, sum(widths)) // at_once if at_once > 1 else self.columns
        batch = []
        for i in sorted(range(len(images)), key=widths.__getitem__, reverse=True):
            if batch and widths[batch[0]] * (len(batch) + 1) > columns:
                yield batch
                batch = []
            batch.append(i)
        if batch:
            yield batch

    def _read_batch(self, images):
        """ReadLines of images of like width, and whether each broke off."""
        widest = max(self.columns, BATCH_COLUMNS)  # memory grows with the square of a line's width, and a file of 2 kB is a million wide
        lines = [fit_width(self.engine.fit_line(image), widest) for image in images]
        stacked, widths = stack_lines(lines)
        frames = self.engine.count_frames(widths)
        decoded = self.codec.decode(self.engine(stacked, widths), frames, self.engine.gives)
        read = (self._read_line(*one) for one in zip(decoded, images, lines, strict=True))
        return [(line, self.codec.breaks_off(*one)) for line, *one in zip(read, decoded, frames, strict=True)]

    def _read_line(self, decoded, image, line):
        scores = np.asarray(decoded.scores, np.float32)
        spans_px = decoded.spans
        if spans_px is not None:
            spans_px = np.asarray(spans_px, np.float32).reshape(-1, 2) * self.engine.stride * (image.shape[1] / line.shape[1])
            spans_px = np.clip(spans_px, 0, image.shape[1]).astype(np.float32)
        return ReadLine(self.codec.text(decoded.ids), float(np.mean(scores)) if len(scores) else 0.0, scores, spans_px)


def build_from_preset(folder, config, codec):
    """The Keras network of a preset that `read_preset` has checked, with its weights. Raises PresetError."""
    from ocr_crnn.presets.networks import build_network

    weights, arguments = preset_file(folder, config, WEIGHTS), config.get("arguments")
    if isinstance(arguments, dict):
        arguments = {name: codec.syllables if value == FROM_ALPHABET else value for name, value in arguments.items()}
    network = build_network({**config, "arguments": arguments}, read_shapes(weights), weights)
    load_variables(network.variables, weights)
    return network


def _build_engine(folder, config, codec):
    """The Keras engine of such a preset. Raises PresetError."""
    network = build_from_preset(folder, config, codec)
    with fitting(folder):
        known = signature(network.as_engine).parameters
        return network.as_engine(**check_names("engine_arguments", config.get("engine_arguments", {}), known))


def load_line(image):
    """A path, PIL image or array → uint8 array, see images.read_images; what is grey stays so."""
    if isinstance(image, str | Path):
        image = next(read_images(image)).pixels
        return image[..., 0] if is_spread(image) else image
    if isinstance(image, Image.Image):
        return decode_picture(image)
    image = np.asarray(image)
    return image if image.dtype == np.uint8 and image.shape[2:] != (4,) and image.max(initial=0) > 1 else array_to_rgb(image)


def _close(line, image):
    """A ReadLine of an image without the spaces before units that its ink does not show."""
    text, scores, spans_px = close_spaces(line.text, line.character_scores, line.spans_px, image)
    return line if text == line.text else ReadLine(text, float(np.mean(scores)), scores, spans_px)


def _move(line, left):
    return line if line.spans_px is None else line._replace(spans_px=line.spans_px + np.float32(left))
