"""One SavedModel for TensorFlow Serving: encoded images in, Korean text out; and the files that a server is started with.

Signatures, each for N images (`image_bytes`, string `[N]`; over REST `{"b64": …}`). What they answer is told in protocol.py.

    serving_default  pages: texts in reading order with their characters, the text of the page, sizes, errors
    detect           pages: quads, scores, counts, sizes, errors; characters of a detector that finds them
    recognize        images of lines: texts with their characters, sizes, errors; not of one network that finds and reads

What the model is made of, and its signatures, stand beside it, in `assets.extra/metadata.json`.
"""

import hashlib
import json
from pathlib import Path

import tensorflow as tf

import ocr_crnn
from ocr_crnn.files import move, sweep, unfinished_folder
from ocr_crnn.serving.graph_end_to_end import GraphEndToEndSpotter
from ocr_crnn.serving.graph_spotter import MAX_PIXELS, GraphSpotter, name_characters
from ocr_crnn.serving.protocol import CHARACTERS, COUNTS, IMAGE, PAGE, SCHEMA, SEGMENTS, TEXTS
from ocr_crnn.serving.server_files import write_configuration
from ocr_crnn.serving.warm_up import WARM_UP, write_warm_up

IMAGES = [tf.TensorSpec((None,), tf.string, name="image_bytes")]


def export_saved_model(reader, folder, max_pixels=MAX_PIXELS, names=None):
    """Write a DocumentReader as a SavedModel to a folder named by its version, such as `models/ocr/1`, which must not exist.

    names: dict of what to tell of the networks in the metadata. Returns the folder. Besides, `config/models.config` and
    `config/batching.config` are written next to it, and, with the extra `serve` installed, requests that warm up the model.
    The folder takes its place when it is whole. Raises ValueError for a name that is no version, and for a recogniser or a detector whose
    decoding the graph does not have, FileExistsError for a name taken.
    """
    folder = Path(folder)
    codec = _reading_network(reader).codec
    if not codec.exportable:
        raise ValueError(
            f"A SavedModel reads best paths of CTC. Received: a recogniser with the codec {codec.name!r} and the search {codec.search}. "
            "Export a CTC recogniser without a search; the rest is for the Python API."
        )
    if not reader.detector.decoder.exportable:
        raise ValueError(
            "A SavedModel has the decoder of its detector as TensorFlow operations. "
            f"Received: {type(reader.detector.decoder).__name__}, which says that it is not exportable. Read with the Python API."
        )
    if not folder.name.isdecimal() or int(folder.name) < 1:
        raise ValueError(f"A SavedModel is served from a folder named by its version. Received: {folder}. Name it {folder / '1'}.")
    if folder.exists():
        write_configuration(folder.parent)  # which a call that was killed right here before has not
        raise FileExistsError(f"A version is written once. Received: {folder}, which exists. Take the next number, or remove it.")
    model = (GraphEndToEndSpotter if reader.recognizer is None else GraphSpotter)(reader, max_pixels)
    signatures = build_signatures(model)
    folder.parent.mkdir(parents=True, exist_ok=True)
    sweep(folder.parent)
    with unfinished_folder(folder.parent, folder.name) as partial:
        tf.saved_model.save(model, str(partial), signatures=signatures)
        extra = partial / "assets.extra"
        extra.mkdir()
        metadata = json.dumps(describe(reader, signatures, max_pixels, names), ensure_ascii=False, indent=2)
        (extra / "metadata.json").write_text(metadata + "\n", encoding="utf-8")
        write_warm_up(extra / WARM_UP, folder.parent.name, signatures)
        move(partial, folder)
    write_configuration(folder.parent)
    return folder


def _reading_network(reader):
    return reader.recognizer or reader.detector


def describe(reader, signatures, max_pixels, names=None):
    """What a model tells of itself: JSON values. `line_height_px` is there where it reads images of lines."""
    alphabet = _reading_network(reader).codec.alphabet
    return {
        "schema": SCHEMA,
        "version": ocr_crnn.__version__,
        "tensorflow": tf.__version__,
        **(names or {}),
        "signatures": [*signatures],
        "alphabet_sha256": hashlib.sha256(alphabet.characters.encode()).hexdigest(),
        "characters": len(alphabet) - 1,
        **({"line_height_px": reader.recognizer.network.height} if reader.recognizer else {}),
        "min_score": reader.spotter.settings.min_score,
        "max_pixels": max_pixels,
    }


def build_signatures(model):
    """The tf.functions of a GraphSpotter by the names of their signatures."""
    signatures = {
        "serving_default": for_pages(model.read_page, TEXTS | SEGMENTS | CHARACTERS, PAGE),
        "detect": for_pages(model.detect_page, model.detected, IMAGE),
    }
    return signatures if model.recognizer is None else signatures | {"recognize": for_lines(model.read_line_images)}


def for_pages(read, rows, once):
    """A function of N images out of `read` of one. rows, once: its outputs, as in protocol.py, of many rows and of one."""

    @tf.function(autograph=False, input_signature=IMAGES)
    def read_pages(image_bytes):
        kinds = {name: tf.RaggedTensorSpec((None, *shape), tf.as_dtype(kind), ragged_rank=0) for name, (shape, kind, _) in rows.items()}
        kinds |= {name: tf.TensorSpec(shape, tf.as_dtype(kind)) for name, (shape, kind) in once.items()}
        # One after the other: a page keeps all cores busy, and the memory is that of one page.
        pages = tf.map_fn(lambda contents: pick(read(contents), kinds), image_bytes, fn_output_signature=kinds, parallel_iterations=1)
        padded = {name: pages[name].to_tensor(filling) for name, (_, _, filling) in rows.items()}
        counts = {name: tf.cast(pages[column].row_lengths(), tf.int32) for name, column in COUNTS.items() if column in rows}
        return {**padded, **counts, **pick(pages, once), **schemas(image_bytes)}

    return read_pages


def for_lines(read):
    """A function of N images of lines out of `GraphSpotter.read_line_images`."""

    @tf.function(autograph=False, input_signature=IMAGES)
    def recognize(image_bytes):
        outputs, characters = read(image_bytes)
        lengths = tf.math.bincount(characters.lines, minlength=tf.size(image_bytes), maxlength=tf.size(image_bytes))
        columns = {name: tf.RaggedTensor.from_row_lengths(column, lengths) for name, column in name_characters(characters).items()}
        padded = {name: columns[name].to_tensor(filling) for name, (_, _, filling) in CHARACTERS.items()}
        return {**outputs, **padded, "character_counts": lengths, **schemas(image_bytes)}

    return recognize


def schemas(image_bytes):
    return {"schemas": tf.fill(tf.shape(image_bytes), SCHEMA)}


def pick(values, names):
    return {name: values[name] for name in names}
