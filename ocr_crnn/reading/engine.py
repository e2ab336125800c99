"""The light engine: networks as LiteRT files in 8 bits. Neither TensorFlow nor Keras is imported.

A file holds one image or line at a time and any size of it. The interpreter lays out its memory anew where the size changes, which
takes less than a tenth of the run; so lines come by width, and their widths are rounded up. Several threads may call an engine: each call
takes an interpreter that is free, or waits for one.
"""

import math
import os
from contextlib import contextmanager, suppress
from queue import SimpleQueue

import numpy as np

from ocr_crnn.decoding.best_path import collapse_frames
from ocr_crnn.images import pad_image
from ocr_crnn.presets import fitting
from ocr_crnn.presets.engine_files import LiteRTError, read_engine_files
from ocr_crnn.quiet import quiet_stderr
from ocr_crnn.recognition.engine import LineEngine
from ocr_crnn.untrusted.settings import check_names, check_number

IDENTIFIER = b"TFL3"  # of a LiteRT file, bytes 4 to 7
WIDTH_STEP = 32  # of lines, in pixels: widths are rounded up to it
ROOM, RATIO = 1 << 26, 16  # all tensors together take at most ROOM and RATIO times the bytes of the file, before its input has a size
HEAD_FRAMES = 64  # whose logits are computed at once: 3 MB for 11,637 classes, which stays in the cache
BLANK_FRAMES = 256  # that are told to be blank or not at once; an interpreter keeps the memory of the most, 24 kB a frame

_of_parents = []  # interpreters of the process that this one is a fork of


class LiteRTEngine:
    """The signatures of one LiteRT file, called from any thread.

    contents: the bytes of the file. interpreters: how many calls run at once. threads: of each interpreter.
    It pickles, and a forked process makes interpreters of its own, for threads do not come along.
    Raises LiteRTError without an interpreter, and for what is no LiteRT file or one of a later version.
    """

    def __init__(self, contents, interpreters=1, threads=1):
        self.contents, self.interpreters, self.threads = contents, interpreters, threads
        self._make()

    def _make(self):
        self._process = os.getpid()
        made = [make_interpreter(self.contents, self.threads) for _ in range(self.interpreters)]
        self._free = SimpleQueue()
        try:
            self.signatures = sorted(made[0].get_signature_list())
            for interpreter in made:
                self._free.put({name: interpreter.get_signature_runner(name) for name in self.signatures})
        except (KeyError, RuntimeError, ValueError) as error:  # names that are no UTF-8, tensors that are not there
            raise _unfit(self.contents, error) from error

    def __reduce__(self):
        return LiteRTEngine, (self.contents, self.interpreters, self.threads)

    @contextmanager
    def hold(self):
        """The signatures of an interpreter that nobody else uses meanwhile: `{name: function of named arrays → {name: array}}`."""
        if self._process != os.getpid():
            _of_parents.append(self._free)  # to take its interpreters down would wait for their threads, which are not here
            self._make()
        runners = self._free.get()
        try:
            yield runners
        except LiteRTError:
            raise
        except (KeyError, RuntimeError, ValueError) as error:
            raise LiteRTError(
                f"A LiteRT file computes what its engine asks for. Received: {len(self.contents):,} bytes: {str(error)[:200]}. "
                "Write it anew: ocr-crnn quantise, or read with the Keras engine."
            ) from error
        finally:
            self._free.put(runners)

    def check_signature(self, name, inputs, outputs):
        """Raises LiteRTError for a file without the signature `name`, or where `{name: dimensions}` of its inputs and outputs differ."""
        found = {}
        if name in self.signatures:
            with self.hold() as signatures:
                details = signatures[name].get_input_details(), signatures[name].get_output_details()
            found = [{key: len(value["shape_signature"]) for key, value in part.items()} for part in details]
        if found != [inputs, outputs]:
            raise LiteRTError(
                f"A LiteRT file has the signature {name} from {inputs} to {outputs} (dimensions). Received: {str(found)[:200]}. "
                "Write it anew: ocr-crnn quantise"
            )


class DetectionEngine:
    """Images uint8 `(1, height, width, 3)` → maps float32 `(1, ⌈height / stride⌉, ⌈width / stride⌉, channels)`.

    engine: LiteRTEngine with the signature `maps`. stride: pixels per cell. multiple: of which the file wants height and width.
    """

    def __init__(self, engine, stride, multiple):
        engine.check_signature("maps", {"image": 4}, {"maps": 4})
        self.engine = engine
        self.stride = check_number("stride", stride, 1, 1024, whole=True)
        self.multiple = check_number("multiple", multiple, 1, 4096, whole=True)

    def as_engine(self):
        return self

    def __call__(self, images):
        height, width = images.shape[1:3]
        padded = pad_image(images, self.multiple)
        with self.engine.hold() as signatures:
            maps = signatures["maps"](image=padded)["maps"]
            if maps.shape[:3] != (1, padded.shape[1] // self.stride, padded.shape[2] // self.stride):
                raise ValueError(f"maps of {maps.shape} for an image of {padded.shape} and stride {self.stride}")
        return np.ascontiguousarray(maps[:, : -(-height // self.stride), : -(-width // self.stride)])


class RecognitionEngine(LineEngine):
    """Lines uint8 `(lines, width, height, 1)`, padded on the right with anything, and their widths int32 `(lines,)` → BestPaths.

    An engine of TextRecognizer; what a line reads does not depend on the others. features: LiteRTEngine with the signature `frames`.
    head: LiteRTEngine with the signature `logits`, and `blank` where frames that are surely blank can be told without their logits.
    stride: pixels per frame.
    """

    gives = "best_paths"

    def __init__(self, features, head, stride):
        self.features = features
        self.head = head
        features.check_signature("frames", {"image": 4, "width": 1}, {"frames": 3})
        head.check_signature("logits", {"frames": 2}, {"logits": 2})
        if "blank" in head.signatures:
            head.check_signature("blank", {"frames": 2}, {"blank": 1})
        self.stride = check_number("stride", stride, 1, 1024, whole=True)
        self.in_flight = features.interpreters
        with features.hold() as one, head.hold() as other:
            self.height = int(one["frames"].get_input_details()["image"]["shape"][2])
            self.classes = int(other["logits"].get_output_details()["logits"]["shape"][-1])
        check_number("the height of lines", self.height, 4, 1024, whole=True)
        self.blank = self.classes - 1

    def __call__(self, lines, widths):
        counts = self.count_frames(np.asarray(widths, np.int64))
        frames = [self.read_frames(line, width)[:count] for line, width, count in zip(lines, widths, counts, strict=True)]
        real = np.arange(counts.max(initial=0)) < counts[:, None]  # (lines, time)
        ids = np.full(real.shape, self.blank, np.int32)
        peaks, sums = np.zeros(real.shape, np.float32), np.ones(real.shape, np.float32)
        if len(frames):
            ids[real], peaks[real], sums[real] = self._decode_frames(np.concatenate(frames), np.repeat(np.arange(len(counts)), counts))
        found, surest = collapse_frames(ids, peaks, self.blank)
        return found._replace(scores=1 / sums[found.lines, surest])

    def read_frames(self, line, width):
        """One line `(width, height, 1)` → its frames `(time, units)`, and those of its padding."""
        padded = np.full((1, -(-int(width) // WIDTH_STEP) * WIDTH_STEP, *line.shape[1:]), 255, np.uint8)
        padded[0, :width] = line[:width]
        with self.features.hold() as signatures:
            return signatures["frames"](image=padded, width=np.array([width], np.int32))["frames"][0]

    def _decode_frames(self, frames, lines):
        """Frames `(n, units)` and the line of each → the best class of each, its logit, and 1 over its probability where that is needed."""
        ids = np.full(len(frames), self.blank, np.int32)
        peaks, sums = np.zeros(len(frames), np.float32), np.ones(len(frames), np.float32)
        with self.head.hold() as signatures:
            wanted = self._not_blank(signatures["blank"], frames) if "blank" in signatures else np.arange(len(frames))
            for rows in np.split(wanted, range(HEAD_FRAMES, len(wanted), HEAD_FRAMES)):
                logits = signatures["logits"](frames=frames[rows])["logits"]
                logits[:, self.off] = -np.inf
                ids[rows] = logits.argmax(axis=1)
                peaks[rows] = logits[np.arange(len(rows)), ids[rows]]
                surest = self._surest(rows, lines[rows], ids[rows], peaks[rows])
                sums[rows[surest]] = np.exp(logits[surest] - peaks[rows[surest], None]).sum(axis=1)
        return ids, peaks, sums

    def _not_blank(self, blank, frames):
        """Which frames `(n, units)` are not surely blank."""
        parts = np.split(frames, range(BLANK_FRAMES, len(frames), BLANK_FRAMES))
        return np.flatnonzero(np.concatenate([blank(frames=part)["blank"] for part in parts]) == 0)

    def _surest(self, frames, lines, ids, peaks):
        """Which of some frames may be the surest of their character: the first of the highest logit in each run of neighbours."""
        keys = np.stack([ids, lines, frames - np.arange(len(frames))])  # the last is the same for neighbours
        starts = np.flatnonzero(np.diff(keys, prepend=-1).any(axis=0))
        highest = np.repeat(np.maximum.reduceat(peaks, starts), np.diff(starts, append=len(frames))) if len(starts) else peaks
        return np.flatnonzero((peaks == highest) & (ids != self.blank))


def load_detection_engine(folder, config, threads=None):
    """The DetectionEngine of a preset that `read_preset` has checked, one interpreter on all cores. Raises LiteRTError."""
    files, record = read_engine_files(folder, config)
    with fitting(folder):
        check_names("LiteRT files", files, ("maps",), ("maps",))
        engine = LiteRTEngine(files["maps"], threads=threads or os.cpu_count())
        return DetectionEngine(engine, record.get("stride"), record.get("multiple"))


def load_recognition_engine(folder, config, interpreters=None):
    """The RecognitionEngine of a preset that `read_preset` has checked, an interpreter a core. Raises LiteRTError.

    There are half as many of the head: it takes less time than the frames, and 18 MB each, for its weights are unpacked to floats.
    """
    files, record = read_engine_files(folder, config)
    interpreters = interpreters or os.cpu_count()
    with fitting(folder):
        check_names("LiteRT files", files, ("frames", "head"), ("frames", "head"))
        features = LiteRTEngine(files["frames"], interpreters)
        head = LiteRTEngine(files["head"], -(-interpreters // 2))
        return RecognitionEngine(features, head, record.get("stride"))


def _unfit(contents, error):
    return LiteRTError(
        f"A LiteRT file is one that this ai-edge-litert can run. Received: {len(contents)} bytes: {str(error)[:200]} "
        "Update it: pip install -U ai-edge-litert, or write the file anew: ocr-crnn quantise"
    )


def make_interpreter(contents, threads=1):
    """The LiteRT interpreter of `ai-edge-litert` of the bytes of a file. Raises LiteRTError without it or for what it does not take."""
    try:
        from ai_edge_litert.interpreter import Interpreter
    except ImportError as error:
        raise LiteRTError(
            f"A LiteRT file is run by ai-edge-litert. Received: no module {error.name}. Install it: pip install ai-edge-litert"
        ) from error
    try:
        if contents[4:8] != IDENTIFIER:
            raise ValueError(f"they begin with {contents[:8]!r}.")
        interpreter = Interpreter(model_content=contents, num_threads=threads)
        declared = sum(math.prod(map(int, t["shape"])) * np.dtype(t["dtype"]).itemsize for t in interpreter.get_tensor_details())
        if declared > ROOM + RATIO * len(contents):
            raise ValueError(f"they declare {declared:,} bytes")
    except (ValueError, RuntimeError) as error:
        raise _unfit(contents, error) from error
    # Laid out the first time, it tells that it runs on a CPU. The size in the file, 1 × 1, need not be one that the network takes.
    with quiet_stderr(), suppress(ValueError, RuntimeError):
        interpreter.allocate_tensors()
    return interpreter
