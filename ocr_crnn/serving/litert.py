"""The recogniser as a LiteRT (TensorFlow Lite) file for phones and small boards: one line image in, ids and scores of its frames out.

    signature serving_default: image uint8 (1, width, height, 1), dark text on light, of the network's height and any width
                               → ids int32 (1, frames), the blank last; logits and scores float32 (1, frames), of these ids

A line of any width: the input is resized with `resize_tensor_input`. What an application needs is in LiteRTRecognizer.
"""

from pathlib import Path

import numpy as np

from ocr_crnn.alphabet import Alphabet
from ocr_crnn.decoding.best_path import collapse_frames
from ocr_crnn.files import replacing, sweep
from ocr_crnn.ops.lines import resize_line
from ocr_crnn.presets.engine_files import MOST_BYTES
from ocr_crnn.reading.engine import LiteRTEngine
from ocr_crnn.recognition.recognizer import ReadLine, load_line
from ocr_crnn.training.litert import convert_functions, freeze_layer
from ocr_crnn.untrusted.plain import read_plain

ALPHABET = "alphabet.txt"  # beside the model
MODEL = "recognizer.tflite"
SIGNATURE = "serving_default"


def export_litert(recognizer, folder, int8=False):
    """Write a TextRecognizer as `recognizer.tflite` and `alphabet.txt` to a folder; returns the path of the model.

    int8: dynamic range quantisation: weights of matrices and convolutions in 8 bits, a quarter of the size, sums in float.
    Raises LiteRTError where this TensorFlow cannot convert.
    """
    folder = Path(folder)
    contents = convert(recognizer.network, int8)
    folder.mkdir(parents=True, exist_ok=True)
    sweep(folder)
    with replacing(folder / MODEL) as model, replacing(folder / ALPHABET) as alphabet:
        model.write_bytes(contents)
        recognizer.alphabet.save(alphabet)
    return folder / MODEL


def convert(network, int8=False):
    """A CTC network over `{"image", "width"}` → the bytes of a LiteRT model. Its weights become constants."""
    import tensorflow as tf

    logits_of = freeze_layer(network, training=False)

    def read(image):
        logits = logits_of({"image": image, "width": tf.shape(image)[1:2]})
        largest = tf.reduce_max(logits, axis=-1, keepdims=True)
        scores = 1 / tf.reduce_sum(tf.exp(logits - largest), axis=-1)  # softmax of the largest
        return {"ids": tf.argmax(logits, axis=-1, output_type=tf.int32), "logits": largest[..., 0], "scores": scores}

    spec = tf.TensorSpec((1, None, network.height, 1), tf.uint8, name="image")
    return convert_functions({SIGNATURE: (read, [spec])}, "dynamic" if int8 else "float")


class LiteRTRecognizer:
    """Read line images with an exported model; called as TextRecognizer, a line at a time.

    folder: of `export_litert`. threads: of the interpreter. Raises LiteRTError without an interpreter.
    """

    def __init__(self, folder, threads=None):
        path = Path(folder) / MODEL
        if not path.is_file():
            raise FileNotFoundError(f"A LiteRT model is what `ocr-crnn export --format litert` writes. Received: {path}, not there.")
        self.alphabet = Alphabet.load(Path(folder) / ALPHABET)
        self.engine = LiteRTEngine(read_plain(path, MOST_BYTES), threads=threads)
        self.engine.check_signature(SIGNATURE, {"image": 4}, {"ids": 2, "logits": 2, "scores": 2})
        with self.engine.hold() as signatures:
            self.height = int(signatures[SIGNATURE].get_input_details()["image"]["shape"][2])

    def __call__(self, images):
        """Paths, PIL images or uint8 arrays `(height, width[, 1 or 3])`, one upright line each → list of ReadLine in their order."""
        images = [load_line(image) for image in images]
        read = [None] * len(images)
        for i in sorted(range(len(images)), key=lambda i: images[i].shape[1] / images[i].shape[0]):  # equal widths follow each other
            read[i] = self._read(images[i])
        return read

    def _read(self, image):
        line = resize_line(image, self.height).T[None, :, :, None]  # (1, width, height, 1)
        with self.engine.hold() as signatures:
            answer = signatures[SIGNATURE](image=line)
        blank = len(self.alphabet.characters)
        found, surest = collapse_frames(answer["ids"], answer["logits"], blank)
        scores = answer["scores"][0, surest]
        spans_px = np.stack([found.starts, found.ends], axis=1) * (image.shape[1] / max(answer["ids"].shape[1], 1))
        return ReadLine(self.alphabet.decode(found.ids), float(scores.mean()) if len(scores) else 0.0, scores, spans_px.astype(np.float32))
