"""One SavedModel for TensorFlow Serving: encoded images in, Korean text out; and the files that a server is started with.

Signatures, each for N images (`image_bytes`, string `[N]`; over REST `{"b64": …}`); lines of the shorter pages are padded, `counts`
says how many there are, and what is wrong with an image stands in `errors`, which is empty for the others.

    serving_default  texts, scores, quads, lines, blocks, counts, page_text, left_out, sizes, errors
    detect           quads, scores, counts, sizes, errors
    recognize        the images are lines: texts, scores, errors
    metadata         no input; a JSON text
"""

import hashlib
import json
import os
import shutil
from pathlib import Path

import tensorflow as tf

import ocr_crnn
from ocr_crnn.files import replace_file
from ocr_crnn.serving.graph_spotter import MAX_PIXELS, GraphReader
from ocr_crnn.serving.warm_up import WARM_UP, write_warm_up

TEXTS = {  # of a page: shape of a row, dtype, what fills up the shorter pages of a batch
    "texts": ((), tf.string, ""),
    "scores": ((), tf.float32, 0.0),
    "quads": ((4, 2), tf.float32, 0.0),
    "lines": ((), tf.int32, -1),
    "blocks": ((), tf.int32, -1),
}
ONCE = {  # of a page
    "page_text": ((), tf.string),
    "left_out": ((), tf.int32),
    "sizes": ((2,), tf.int32),
    "errors": ((), tf.string),
}
IMAGES = [tf.TensorSpec((None,), tf.string, name="image_bytes")]


def export_saved_model(reader, folder, max_pixels=MAX_PIXELS, names=None):
    """Write a DocumentReader as a SavedModel to a folder named by its version, such as `models/ocr/1`, which must not exist.

    names: dict of what to tell of the networks in the metadata. Returns the folder. Besides, `config/models.config` and
    `config/batching.config` are written next to it, and, with the extra `serve` installed, requests that warm up the model.
    The folder takes its place when it is whole. Raises ValueError for a name that is no version or a recogniser that does not decode best
    paths, FileExistsError for a name taken.
    """
    folder = Path(folder)
    if not reader.recognizer.codec.exportable:
        codec = reader.recognizer.codec
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
        raise FileExistsError(f"A version is written once. Received: {folder}, which exists. Take the next number, or remove it.")
    model = GraphReader(reader, max_pixels)
    model.metadata = tf.constant(json.dumps(describe(reader, max_pixels, names), ensure_ascii=False))
    partial = folder.with_name(f".{folder.name}.writing")
    try:
        shutil.rmtree(partial, ignore_errors=True)
        tf.saved_model.save(model, str(partial), signatures=build_signatures(model))
        extra = partial / "assets.extra"
        extra.mkdir()
        (extra / "metadata.json").write_bytes(model.metadata.numpy())
        write_warm_up(extra / WARM_UP, folder.parent.name)
        os.replace(partial, folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    write_configuration(folder.parent)
    return folder


def describe(reader, max_pixels, names=None):
    """What a model tells of itself: JSON values."""
    alphabet = reader.recognizer.alphabet
    return {
        "schema": "ocr_crnn/export/1",
        "version": ocr_crnn.__version__,
        "tensorflow": tf.__version__,
        **(names or {}),
        "alphabet_sha256": hashlib.sha256(alphabet.characters.encode()).hexdigest(),
        "characters": len(alphabet) - 1,
        "line_height_px": reader.recognizer.network.height,
        "min_score": reader.spotter.settings.min_score,
        "max_pixels": max_pixels,
    }


def build_signatures(model):
    """The tf.functions of a GraphReader by the names of their signatures."""

    def for_pages(read, columns, once):
        @tf.function(autograph=False, input_signature=IMAGES)
        def read_pages(image_bytes):
            kinds = {name: tf.RaggedTensorSpec((None, *columns[name][0]), columns[name][1], ragged_rank=0) for name in columns}
            kinds |= {name: tf.TensorSpec(*once[name]) for name in once}
            # One after the other: a page keeps all cores busy, and the memory is that of one page.
            pages = tf.map_fn(lambda contents: pick(read(contents), kinds), image_bytes, fn_output_signature=kinds, parallel_iterations=1)
            padded = {name: pages[name].to_tensor(default) for name, (_, _, default) in columns.items()}
            counts = tf.cast(pages["scores"].row_lengths(), tf.int32)
            return {**padded, **pick(pages, once), "counts": counts}

        return read_pages

    @tf.function(autograph=False, input_signature=IMAGES)
    def recognize(image_bytes):
        return model.read_line_images(image_bytes)

    @tf.function(autograph=False, input_signature=[])
    def metadata():
        return {"metadata": model.metadata}

    found = pick(TEXTS, ("quads", "scores"))
    return {
        "serving_default": for_pages(model.read_page, TEXTS, ONCE),
        "detect": for_pages(model.detect_page, found, pick(ONCE, ("sizes", "errors"))),
        "recognize": recognize,
        "metadata": metadata,
    }


def pick(values, names):
    return {name: values[name] for name in names}


def write_configuration(folder):
    """`config/models.config` and `config/batching.config` for the versions in a model's folder, each line explained."""
    versions = sorted(int(path.name) for path in folder.iterdir() if path.name.isdecimal())
    labels = {"stable": versions[-2:][0], "canary": versions[-1]}
    name = folder.name
    lines = "\n".join(f'    version_labels {{ key: "{label}" value: {version} }}' for label, version in labels.items())
    served = " ".join(f"versions: {version}" for version in sorted(set(labels.values())))
    models = f"""# tensorflow_model_server --model_config_file=…/config/models.config --allow_version_labels_for_unavailable_models=true
model_config_list {{
  config {{
    name: "{name}"  # in the URL: /v1/models/{name}:predict
    base_path: "/models/{name}"  # as the server sees this folder
    model_platform: "tensorflow"
    model_version_policy {{ specific {{ {served} }} }}  # the others rest
    # In the URL: /v1/models/{name}/labels/stable:predict. Try a new version as canary, then move the label.
{lines}
  }}
}}
"""
    batching = """# --enable_batching=true --batching_parameters_file=…/config/batching.config
max_batch_size { value: 8 }  # images of several requests that run together; their memory is that of one page after the other
batch_timeout_micros { value: 5000 }  # how long the first waits for others
max_enqueued_batches { value: 32 }  # beyond these, requests are refused with 503, and the client tries again
num_batch_threads { value: 1 }  # pages read at the same time; each uses all cores
"""
    config = folder / "config"
    config.mkdir(exist_ok=True)
    for path, text in ((config / "models.config", models), (config / "batching.config", batching)):
        replace_file(path, text)
