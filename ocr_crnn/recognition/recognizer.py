"""TextRecognizer: a CTC network, its alphabet and a decoder. Images of lines in, texts with scores and spans out."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import NamedTuple

import keras
import numpy as np
from PIL import Image, ImageOps

from ocr_crnn.alphabet import Alphabet
from ocr_crnn.decoding.greedy import decode_greedy
from ocr_crnn.decoding.line import DecodedLine
from ocr_crnn.layers.heads import FactorisedHead
from ocr_crnn.layers.masking import count_frames
from ocr_crnn.ops.forward import make_forward
from ocr_crnn.ops.lines import fit_line_width, resize_line, stack_lines
from ocr_crnn.presets import WEIGHTS, load_variables, read_preset, save_variables, write_preset
from ocr_crnn.recognition.attention_ctc import AttentionCTC, syllable_places
from ocr_crnn.recognition.blank_bound import BlankBound

DEFAULT_PRESET = "attention_ctc_ko"
BATCH_COLUMNS = 8192  # pixel columns in a batch: few enough that the logits of 11,634 classes stay below 100 MB
IN_FLIGHT = 2  # batches at once: one is resized and decoded while the network reads the other

FROM_ALPHABET = "from the alphabet"  # in config.json instead of 11,634 numbers that the alphabet implies


class ReadLine(NamedTuple):
    """What was read in one image.

    text: NFC. score: the mean of the character scores, 0..1, and 0 where nothing was read.
    character_scores: float32 `(characters,)`, 0..1. spans_px: float32 `(characters, 2)`, where each character begins and
    ends along the width of the image as it was given, in pixels; spaces included.
    """

    text: str
    score: float
    character_scores: np.ndarray
    spans_px: np.ndarray


class TextRecognizer:
    """Read line images.

    network: a CTC network over `{"image", "width"}` with `height` and `stride`, as AttentionCTC. alphabet: its Alphabet.
    decode: `(logits, frame_counts) -> list of DecodedLine`, best path by default; `decode_beams` with its arguments bound
    is another. columns: pixel columns of the batches that are read at once.
    """

    def __init__(self, network, alphabet, decode=decode_greedy, columns=BATCH_COLUMNS):
        classes = network.output_shape[-1]
        if classes != len(alphabet):
            raise ValueError(
                f"The network has a class for each character of the alphabet and the blank. Received: {classes} classes, "
                f"{len(alphabet)} in the alphabet. Use the alphabet that the network was trained with."
            )
        self.network = network
        self.alphabet = alphabet
        self.decode = decode
        self.columns = columns
        self._forward = make_forward(network)
        self._frozen = None

    @classmethod
    def from_preset(cls, name_or_folder=DEFAULT_PRESET, **kwargs):
        """A recogniser with the weights of a shipped preset, or of a folder that `save_to_preset` has written.

        Raises PresetError for an unknown name, listing the known ones, and for damaged files.
        """
        folder, config = read_preset(name_or_folder, "recognition")
        alphabet = Alphabet.load(folder / "alphabet.txt")
        arguments = dict(config["arguments"])
        if arguments["syllables"] == FROM_ALPHABET:
            arguments["syllables"] = syllable_places(alphabet)
        network = AttentionCTC(**arguments)
        load_variables(network.variables, folder / WEIGHTS)
        return cls(network, alphabet, **kwargs).freeze()

    def freeze(self):
        """Read best paths in less time from here on, with the weights as they are now; returns the recogniser.

        The same is read. It concerns an AttentionCTC on the TensorFlow backend that is decoded by `decode_greedy`; another network,
        decoder or backend goes on as before. Call it again after changing the weights.
        """
        if keras.backend.backend() == "tensorflow" and isinstance(self.network, AttentionCTC) and self.decode is decode_greedy:
            from ocr_crnn.ops.frozen_ctc import freeze_ctc

            network = self.network
            is_blank = BlankBound(network.head) if isinstance(network.head, FactorisedHead) else None
            counts = partial(count_frames, stride=network.stride)
            self._frozen = freeze_ctc(network.features, network.head, network.height, counts, is_blank)
        return self

    @property
    def read_best_path(self):
        """The frozen `(images, widths) → best paths`, where `freeze` has made it and `decode` wants nothing else; or None."""
        return self._frozen if self.decode is decode_greedy else None

    def save_to_preset(self, folder, card=None):
        """Write config.json, alphabet.txt, the weights in float16 and the model card README.md (`card`, Markdown) to a folder."""
        if not isinstance(self.network, AttentionCTC):
            raise TypeError(f"Presets hold an AttentionCTC. Received: {type(self.network).__name__}. Save its weights with save_weights.")
        arguments = self.network.get_config()
        if arguments["syllables"] == syllable_places(self.alphabet):
            arguments["syllables"] = FROM_ALPHABET
        return write_preset(
            folder,
            {"task": "recognition", "network": "AttentionCTC", "arguments": arguments},
            {"alphabet.txt": self.alphabet.save, WEIGHTS: lambda path: save_variables(self.network.variables, path)},
            card or f"# {Path(folder).name}\n\n`TextRecognizer.from_preset({str(folder)!r})` reads lines with these weights.\n",
        )

    def __call__(self, images):
        """Read images; returns a list of ReadLine in their order.

        images: list of paths, PIL images or uint8 arrays `(height, width)`, `(height, width, 1 or 3)` (RGB) of any size, one
        upright line of dark text on light each. Lines are sorted by width and read in batches of like width.
        """
        images = [load_line(image) for image in images]
        batches = list(self._plan_batches(images))
        read = [None] * len(images)
        with ThreadPoolExecutor(1 if self.read_best_path is None else IN_FLIGHT) as pool:
            for batch, lines in zip(batches, pool.map(lambda batch: self._read_batch([images[i] for i in batch]), batches), strict=True):
                for i, line in zip(batch, lines, strict=True):
                    read[i] = line
        return read

    def _plan_batches(self, images):
        """Indices in batches: sorted by width, each batch within its share of the budget of columns or a single line."""
        columns = self.columns if self.read_best_path is None else self.columns // IN_FLIGHT
        widths = [fit_line_width(*image.shape[:2], self.network.height) for image in images]
        batch = []
        for i in sorted(range(len(images)), key=widths.__getitem__):
            if batch and widths[i] * (len(batch) + 1) > columns:
                yield batch
                batch = []
            batch.append(i)
        if batch:
            yield batch

    def _read_batch(self, images):
        """ReadLines of images of like width."""
        lines = [resize_line(image, self.network.height) for image in images]
        stacked, widths = stack_lines(lines)
        read = []
        for image, line, decoded in zip(images, lines, self._decode_batch(stacked, widths), strict=True):
            spans_px = np.asarray(decoded.spans, np.float32).reshape(-1, 2) * self.network.stride
            spans_px = np.clip(spans_px * (image.shape[1] / line.shape[1]), 0, image.shape[1]).astype(np.float32)
            scores = np.asarray(decoded.scores, np.float32)
            read.append(ReadLine(self.alphabet.decode(decoded.ids), float(np.mean(scores)) if len(scores) else 0.0, scores, spans_px))
        return read

    def _decode_batch(self, images, widths):
        """Stacked lines → DecodedLines."""
        if self.read_best_path is None:
            logits = self._forward({"image": images, "width": widths})
            return self.decode(logits, count_frames(widths, self.network.stride))
        found = self.read_best_path(images, widths)
        bounds = np.searchsorted(found.lines, np.arange(1, len(images)))
        spans = np.stack([found.starts, found.ends], axis=1)
        return map(DecodedLine, *(np.split(np.asarray(values), bounds) for values in (found.ids, found.scores, spans)))


def load_line(image):
    """A path, PIL image or array → uint8 array; a photograph's EXIF orientation is applied, transparency lies on white."""
    if isinstance(image, (str, Path)):
        with Image.open(image) as opened:
            image = ImageOps.exif_transpose(opened)
            image.load()
    if isinstance(image, Image.Image):
        if image.has_transparency_data:
            image = image.convert("RGBA")
            image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
        return np.asarray(image if image.mode == "L" else image.convert("RGB"))
    return np.asarray(image)
