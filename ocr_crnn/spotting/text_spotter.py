"""TextSpotter: a network that finds texts and reads them. Images in, quads in page pixels and what stands in them out."""

from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np
from keras import ops

from ocr_crnn.alphabet import Alphabet
from ocr_crnn.detection.decoders import Instances, build_decoder, decoder_config
from ocr_crnn.detection.detector import KEPT as OF_DETECTORS
from ocr_crnn.detection.detector import TextDetector, page_scale, scale_page
from ocr_crnn.geometry import quad_sizes
from ocr_crnn.images import read_images
from ocr_crnn.ops.forward import make_forward
from ocr_crnn.ops.lines import crop_quad
from ocr_crnn.presets import WEIGHTS, fitting, preset_file, read_preset, save_variables, write_preset
from ocr_crnn.recognition.codecs import as_codec, make_codec
from ocr_crnn.recognition.long_lines import cut_line, read_in_pieces
from ocr_crnn.recognition.recognizer import ALPHABET, FROM_ALPHABET, ReadLine, build_from_preset
from ocr_crnn.untrusted.settings import check_number, check_pair

TASK = "spotting"
MIN_SCORE = 0.6  # as of a recogniser's preset: texts that read with less are for a document reader to leave out
CLEAR = 0.04  # of its height, what is read around a text on all sides: the middle of what training draws
WIDEST = 4096  # columns of a region; what is longer is squeezed
STEP = 64  # columns: regions of like widths are read together, filled up to a multiple
BATCH_FRAMES = 1024  # of the regions that are read together: 50 MB of logits of 11,812 classes
PLACES = (np.arange(16, dtype=np.float32) + 0.5) / 16  # along the middle of a quad, where its own label is looked for
KEPT = (*OF_DETECTORS, "min_reading_score", "calibration")  # in a preset


class TextSpotter(TextDetector):
    """Find texts and read them with one network. As a TextDetector it finds them; `look` gives what can be read, too.

    network: a network with `features`, `regions` and `reader`, as PANSpotter. codec: ties what it reads to text; an Alphabet stands for the
        network's own. min_reading_score: texts that read with less are for a document reader to leave out. calibration: of the scores of
        characters, see reading/confidence.py. settings: those of TextDetector. A page is never cut into tiles: its features take
        0.1 kB a pixel of the page as the network sees it. A text that is wider than the network takes (`widest`), or that holds more
        characters than it has steps for, is read in pieces, cut at gaps of its ink.
    """

    def __init__(self, network, codec, decoder=None, min_reading_score=MIN_SCORE, calibration=(1.0, 0.0), **settings):
        super().__init__(network, decoder, **settings)
        self.codec = as_codec(codec, network.codec)
        if (self.codec.name, self.codec.classes) != (network.codec, network.classes):
            raise ValueError(
                f"A network has the classes of its codec. Received: {network.classes} classes of {network.codec}, {self.codec.classes} of "
                f"the codec {self.codec.name}. Use the alphabet that the network was trained with."
            )
        self.min_reading_score = check_number("min_reading_score", min_reading_score, 0, 1)
        self.calibration = check_pair("calibration", calibration, -1e3, 1e3)
        self._features = make_forward(network.features, keras.KerasTensor((None, None, None, 3), "float32"))
        self._logits = make_forward(RegionReader(network), _reading_inputs(network))

    @classmethod
    def from_preset(cls, name_or_folder, **settings):
        """A spotter with the weights of a shipped preset or of a folder that `save_to_preset` has written. Raises PresetError."""
        folder, config = read_preset(name_or_folder, TASK)
        with fitting(folder):
            codec = make_codec(config.get("codec", "ctc"), Alphabet.load(preset_file(folder, config, ALPHABET)))
        network = build_from_preset(folder, config, codec)
        with fitting(folder):
            return cls(network, codec, build_decoder(config), **{name: config[name] for name in KEPT if name in config} | settings)

    def save_to_preset(self, folder, card=None):
        """Write config.json, alphabet.txt, the weights in 8 bits, batch normalisation folded, and the model card to a folder."""
        from ocr_crnn.presets.networks import network_config

        network = self.network.fold()
        config = network_config(network)
        implied = {name: FROM_ALPHABET for name, value in config["arguments"].items() if value == self.codec.syllables}
        kept = {name: getattr(self, name) for name in KEPT}
        numbers = {"codec": self.codec.name, "stride": self.engine.stride, **decoder_config(self.decoder), **kept}
        return write_preset(
            folder,
            {"task": TASK, **config, "arguments": {**config["arguments"], **implied}, **numbers},
            {ALPHABET: self.codec.alphabet.save, WEIGHTS: lambda path: save_variables(network.variables, path, in_8_bits=True)},
            card or f"# {Path(folder).name}\n\n`DocumentReader.from_preset({str(folder)!r})` reads pages with these weights.\n",
        )

    def adjust(self, **settings):
        """The same spotter with other settings, its own or its decoder's, by their names. Raises ValueError for another name."""
        own = {name: settings.pop(name, getattr(self, name)) for name in ("min_reading_score", "calibration")}
        detector = super().adjust(**settings)
        return TextSpotter(
            self.network, self.codec, detector.decoder, **own, **{name: getattr(detector, name) for name in OF_DETECTORS}
        )  # fmt: skip

    @property
    def min_score(self):
        """As of a TextRecognizer; among the settings it has another name, for `min_score` is the decoder's."""
        return self.min_reading_score

    def look(self, image):
        """Image (path, bytes, PIL image or array, see images.read_images) → Look."""
        pixels = next(read_images(image)).pixels
        scale = page_scale(*pixels.shape[:2], self.short_side_px, self.max_scale)
        look = self._look_at(pixels, scale)
        better = scale * self._second_look(look.found, scale, pixels.shape[:2])
        return look if better == scale else self._look_at(pixels, better)

    def read_regions(self, inputs):
        """What the codec decodes of regions of a page, such as logits `(regions, frames, classes)`; inputs: see RegionReader."""
        return self._logits(inputs)

    def _look_at(self, pixels, scale):
        features = self._features(scale_page(pixels, scale)[None])
        maps = np.ascontiguousarray(features["maps"][0], np.float32)
        found = self.keep_clear(pixels, self.decode(maps, scale))
        return Look(self, pixels, found, features, self.decoder.label(maps), scale)


class RegionReader:
    """The second half of a network, from the features of a page to what is read in regions, for `make_forward`."""

    def __init__(self, network):
        self.network = network

    def __call__(self, inputs, training=False):
        own, quads, width = (inputs[name] for name in ("own", "quads", "width"))
        region = self.network.regions(inputs, inputs["labels"], ops.zeros_like(own), own, quads, width, inputs["columns"])
        read = self.network.reader({"region": region, "width": width}, training=training)
        return keras.tree.map_structure(lambda x: ops.cast(x, "float32"), read)

    def predict_on_batch(self, inputs):
        return keras.tree.map_structure(ops.convert_to_numpy, self(keras.tree.map_structure(ops.convert_to_tensor, inputs)))


def _reading_inputs(network):
    """What RegionReader takes: features and labels of a page, quads in its pixels, their own labels and widths, and columns of all."""
    outputs = network.features.output
    page = {name: keras.KerasTensor((1, *outputs[name].shape[1:]), outputs[name].dtype) for name in ("stem", "fused")}
    ints = {"labels": (1, None, None), "own": (None,), "width": (None,), "columns": ()}
    quads = {"quads": keras.KerasTensor((None, 4, 2), "float32")}
    return page | quads | {name: keras.KerasTensor(shape, "int32") for name, shape in ints.items()}


@dataclass(frozen=True, eq=False)
class Look:
    """A page as a TextSpotter sees it. pixels: the page, uint8 `(height, width, 3)`. found: Instances in page pixels. features: as the
    network gives them. labels: int32 `(height, width)`, the text of each cell, 0 for none. scale: of the page for the network."""

    spotter: TextSpotter
    pixels: np.ndarray
    found: Instances
    features: dict
    labels: np.ndarray
    scale: float

    def read(self, quads, margins=0.0):
        """A ReadLine of each quad `(n, 4, 2)` in page pixels, read along its first side.

        margins: `(n,)` or a number, pixels by which the images begin before the quads that `spans_px` are meant for.
        """
        quads = np.asarray(quads, np.float32).reshape(-1, 4, 2)
        margins = np.broadcast_to(np.float32(margins), len(quads))
        widest = self.spotter.network.widest
        if widest is None:
            return [line for line, _ in self._read_whole(quads, margins)]
        lines = [crop_quad(self.pixels, quad) for quad in quads]
        columns = self.spotter.network.region_widths(_grow(quads, CLEAR))
        sizes, clear = quad_sizes(quads)[:, 0], 2 * CLEAR * quad_sizes(quads)[:, 1]
        pieces = [cut_line(line, int(most)) for line, most in zip(lines, widest * (sizes + clear) / columns - clear, strict=True)]

        def read(parts):
            cut = [_part_of(quads[i], piece.left, piece.image.shape[1], lines[i].shape[1]) for i, piece in parts]
            return self._read_whole(np.reshape(np.float32(cut), (-1, 4, 2)), margins[[i for i, _ in parts]])

        return read_in_pieces(pieces, read)

    def _read_whole(self, quads, margins):
        """Of each quad its ReadLine, and whether there was more to read than the network has steps for."""
        network, codec = self.spotter.network, self.spotter.codec
        seen = _grow(quads, CLEAR) * np.float32(self.scale)
        widths = np.minimum(network.region_widths(seen), network.widest or WIDEST)
        own = self._own_labels(seen)
        page = {name: ops.convert_to_tensor(self.features[name]) for name in ("stem", "fused")}
        page["labels"] = ops.convert_to_tensor(self.labels[None])
        sizes, heights = quad_sizes(quads).T
        per_column = (sizes + 2 * CLEAR * heights) / widths  # pixels of the page
        begins = margins - CLEAR * heights
        read = [None] * len(quads)
        for rows, columns in _plan(widths, network.frame):
            region = {"quads": seen[rows], "own": own[rows], "width": widths[rows], "columns": np.int32(columns)}
            frames = network.count_frames(widths[rows])
            decoded = codec.decode(self.spotter.read_regions(page | region), frames)
            for row, line, most in zip(rows, decoded, frames, strict=True):
                spans, scores = line.spans, np.asarray(line.scores, np.float32)
                if spans is not None:
                    spans = np.asarray(spans, np.float32).reshape(-1, 2) * network.frame * per_column[row] + begins[row]
                    spans = np.maximum(spans, 0).astype(np.float32)
                score = float(scores.mean()) if len(scores) else 0.0
                read[row] = ReadLine(codec.text(line.ids), score, scores, spans), codec.breaks_off(line, most)
        return read

    def _own_labels(self, quads):
        """The label that most of the middle of each quad has, in pixels as the network sees them; int32 `(n,)`, 0 for none."""
        stride = self.spotter.engine.stride
        left, right = (quads[:, 0] + quads[:, 3]) / 2, (quads[:, 1] + quads[:, 2]) / 2
        points = left[:, None] + (right - left)[:, None] * PLACES[:, None]  # (n, places, 2)
        x, y = np.moveaxis(np.clip(points // stride, 0, np.array(self.labels.shape[::-1]) - 1).astype(int), -1, 0)
        labels = self.labels[y, x]
        counts = (labels[:, :, None] == labels[:, None]).sum(axis=-1) * (labels > 0)
        return np.take_along_axis(labels, counts.argmax(axis=1)[:, None], axis=1)[:, 0].astype(np.int32)


def _grow(quads, share):
    """Quads `(n, 4, 2)` with `share` of their height more on every side."""
    sizes = np.maximum(quad_sizes(quads), 1e-6)
    along = (quads[:, 1] - quads[:, 0] + quads[:, 2] - quads[:, 3]) / 2 / sizes[:, :1]
    down = (quads[:, 3] - quads[:, 0] + quads[:, 2] - quads[:, 1]) / 2 / sizes[:, 1:]
    along, down = along * share * sizes[:, 1:], down * share * sizes[:, 1:]
    return quads + np.stack([-along - down, along - down, along + down, down - along], axis=1)


def _part_of(quad, left, size, whole):
    """The part of a quad `(4, 2)` that begins at `left` and is `size` long, where its first side is `whole` long."""
    along = np.float32([left, left + size]) / whole
    above, below = (begin + along[:, None] * (end - begin) for begin, end in (quad[:2], quad[:1:-1]))  # (2, 2) each
    return np.stack([*above, *below[::-1]])


def _plan(widths, frame):
    """`(rows, columns)` of regions that are read together: of like widths, and not too many frames."""
    columns = -(-widths // STEP) * STEP
    for step in np.unique(columns):
        rows = np.flatnonzero(columns == step)
        most = max(BATCH_FRAMES * frame // int(step), 1)
        for start in range(0, len(rows), most):
            yield rows[start : start + most], int(step)
