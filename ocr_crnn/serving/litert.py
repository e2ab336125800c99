"""The recogniser as a LiteRT (TensorFlow Lite) file for phones and small boards: one line image in, ids and scores of its frames out.

    signature serving_default: image uint8 (1, width, height, 1), dark text on light, of the network's height and any width
                               → ids int32 (1, frames), the blank last; logits and scores float32 (1, frames), of these ids

A line of any width: the input is resized with `resize_tensor_input`. `read_lines` is the few lines that an application needs.
"""

import warnings
from pathlib import Path

import numpy as np

from ocr_crnn.alphabet import Alphabet
from ocr_crnn.files import replace_file
from ocr_crnn.ops.lines import resize_line
from ocr_crnn.recognition.recognizer import ReadLine, load_line

ALPHABET = "alphabet.txt"  # beside the model
MODEL = "recognizer.tflite"


class LiteRTError(RuntimeError):
    """The converter or the interpreter is not there, or does not take the model; the message says what to do."""


def export_litert(recognizer, folder, int8=False):
    """Write a TextRecognizer as `recognizer.tflite` and `alphabet.txt` to a folder; returns the path of the model.

    int8: dynamic range quantisation: weights of matrices and convolutions in 8 bits, a quarter of the size, sums in float.
    Raises LiteRTError where this TensorFlow cannot convert.
    """
    folder = Path(folder)
    contents = convert(recognizer.network, int8)
    folder.mkdir(parents=True, exist_ok=True)
    recognizer.alphabet.save(folder / ALPHABET)
    replace_file(folder / MODEL, contents)
    return folder / MODEL


def convert(network, int8=False):
    """A CTC network over `{"image", "width"}` → the bytes of a LiteRT model. Its weights become constants."""
    import tensorflow as tf

    if not hasattr(tf, "lite"):
        raise LiteRTError(f"TensorFlow's converter makes LiteRT models. Received: TensorFlow {tf.__version__} without tf.lite. Use 2.21.")
    weights = [np.asarray(variable) for variable in network.trainable_variables]
    others = [np.asarray(variable) for variable in network.non_trainable_variables]

    @tf.function(autograph=False, input_signature=[tf.TensorSpec((1, None, network.height, 1), tf.uint8, name="image")])
    def read(image):
        inputs = {"image": image, "width": tf.shape(image)[1:2]}
        logits, _ = network.stateless_call(list(map(tf.constant, weights)), list(map(tf.constant, others)), inputs, training=False)
        largest = tf.reduce_max(logits, axis=-1, keepdims=True)
        scores = 1 / tf.reduce_sum(tf.exp(logits - largest), axis=-1)  # softmax of the largest
        return {"ids": tf.argmax(logits, axis=-1, output_type=tf.int32), "logits": largest[..., 0], "scores": scores}

    module = tf.Module()
    module.read = read  # through a module the model gets its signature
    converter = tf.lite.TFLiteConverter.from_concrete_functions([read.get_concrete_function()], module)
    if int8:
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
    try:
        return converter.convert()
    except Exception as error:  # the converter has errors of its own, without a common base
        raise LiteRTError(f"The network has to consist of operations that LiteRT has. Received: {str(error)[:500]}") from error


class LiteRTRecognizer:
    """Read line images with an exported model; called as TextRecognizer, a line at a time.

    folder: of `export_litert`. threads: of the interpreter. Raises LiteRTError without an interpreter.
    """

    def __init__(self, folder, threads=None):
        self.alphabet = Alphabet.load(Path(folder) / ALPHABET)
        self.interpreter = make_interpreter(Path(folder) / MODEL, threads)
        self.height = int(self.interpreter.get_input_details()[0]["shape_signature"][2])

    def __call__(self, images):
        """Paths, PIL images or uint8 arrays `(height, width[, 1 or 3])`, one upright line each → list of ReadLine in their order."""
        images = [load_line(image) for image in images]
        read = [None] * len(images)
        for i in sorted(range(len(images)), key=lambda i: images[i].shape[1] / images[i].shape[0]):  # equal widths follow each other
            read[i] = self._read(images[i])
        return read

    def _read(self, image):
        line = resize_line(image, self.height).T[None, :, :, None]  # (1, width, height, 1)
        place = self.interpreter.get_input_details()[0]
        if tuple(place["shape"]) != line.shape:
            self.interpreter.resize_tensor_input(place["index"], line.shape)
            self.interpreter.allocate_tensors()
        answer = self.interpreter.get_signature_runner("serving_default")(image=line)
        ids, scores, spans = collapse(answer["ids"][0], answer["logits"][0], answer["scores"][0], self.alphabet.blank)
        spans_px = spans * (image.shape[1] / max(len(answer["ids"][0]), 1))
        return ReadLine(self.alphabet.decode(ids), float(scores.mean()) if len(ids) else 0.0, scores, spans_px.astype(np.float32))


def collapse(ids, logits, scores, blank):
    """Frames `(frames,)` of classes, logits and scores → ids, scores and spans `(characters, 2)` in frames of the best path's characters.

    As in greedy decoding, the score is that of the frame where the character's logit is largest.
    """
    starts = np.flatnonzero(np.diff(ids, prepend=-1))
    ends = np.append(starts, len(ids))[1:]
    shown = ids[starts] != blank
    starts, ends = starts[shown], ends[shown]
    surest = np.array([start + logits[start:end].argmax() for start, end in zip(starts, ends, strict=True)], np.int64)
    return ids[starts], scores[surest].astype(np.float32), np.stack([starts, ends], axis=1)


def make_interpreter(path, threads=None):
    """The LiteRT interpreter of `ai-edge-litert`, or the one within TensorFlow. Raises LiteRTError without either."""
    try:
        from ai_edge_litert.interpreter import Interpreter
    except ImportError:
        Interpreter = _interpreter_of_tensorflow()
    if not Path(path).is_file():
        raise FileNotFoundError(f"A LiteRT model is what `ocr-crnn export --format litert` writes. Received: {path}, which is not there.")
    return Interpreter(model_path=str(path), num_threads=threads)


def _interpreter_of_tensorflow():
    try:
        from tensorflow import lite
    except ImportError as error:
        fix = "pip install ai-edge-litert"
        raise LiteRTError(f"A LiteRT model is run by ai-edge-litert. Received: no module {error.name}. Install it: {fix}.") from error

    def make(**arguments):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of its move to ai-edge-litert
            return lite.Interpreter(**arguments)

    return make
