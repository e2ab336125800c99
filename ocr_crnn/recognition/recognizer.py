"""TextRecognizer: a CTC network, its alphabet and a decoder. Images of lines in, texts with scores and spans out."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageOps

from ocr_crnn.alphabet import Alphabet
from ocr_crnn.decoding.greedy import decode_greedy
from ocr_crnn.layers.masking import count_frames
from ocr_crnn.ops.lines import fit_line_width, resize_line, stack_lines
from ocr_crnn.presets import WEIGHTS, load_variables, read_preset, save_variables, write_preset
from ocr_crnn.recognition.attention_ctc import AttentionCTC, syllable_places

DEFAULT_PRESET = "attention_ctc_ko"
BATCH_COLUMNS = 8192  # pixel columns in a batch: few enough that the logits of 11,634 classes stay below 100 MB

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
    is another. columns: pixel columns of a batch.
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
        return cls(network, alphabet, **kwargs)

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
        read = [None] * len(images)
        for batch in self._plan_batches(images):
            lines = [resize_line(images[i], self.network.height) for i in batch]
            for i, line in zip(batch, self._read_batch(lines), strict=True):
                scale = images[i].shape[1] / lines[batch.index(i)].shape[1]
                read[i] = line._replace(spans_px=np.clip(line.spans_px * scale, 0, images[i].shape[1]).astype(np.float32))
        return read

    def _plan_batches(self, images):
        """Indices in batches: sorted by width, each batch within the budget of columns or a single line."""
        widths = [fit_line_width(*image.shape[:2], self.network.height) for image in images]
        batch = []
        for i in sorted(range(len(images)), key=widths.__getitem__):
            if batch and widths[i] * (len(batch) + 1) > self.columns:
                yield batch
                batch = []
            batch.append(i)
        if batch:
            yield batch

    def _read_batch(self, lines):
        """ReadLines of grey lines of the network's height; spans in their pixels."""
        images, widths = stack_lines(lines)
        logits = self.network.predict_on_batch({"image": images, "width": widths})
        decoded = self.decode(logits, count_frames(widths, self.network.stride))
        return [
            ReadLine(
                self.alphabet.decode(line.ids),
                float(np.mean(line.scores)) if len(line.scores) else 0.0,
                np.asarray(line.scores, np.float32),
                np.asarray(line.spans, np.float32).reshape(-1, 2) * self.network.stride,
            )
            for line in decoded
        ]


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
