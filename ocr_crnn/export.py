"""One SavedModel for TensorFlow Serving: encoded images in, Korean text out."""

import tensorflow as tf

from ocr_crnn.document.graph_reader import GraphReader

COLUMNS = {  # of a page: shape of a row, dtype, what fills up the shorter pages of a batch
    "texts": ((), tf.string, ""),
    "scores": ((), tf.float32, 0.0),
    "quads": ((4, 2), tf.float32, 0.0),
    "lines": ((), tf.int32, -1),
    "blocks": ((), tf.int32, -1),
}


def serving_default(reader):
    """The signature of a GraphReader that reads pages."""

    @tf.function(autograph=False, input_signature=[tf.TensorSpec((None,), tf.string, name="image_bytes")])
    def read_pages(image_bytes):
        kinds = {name: tf.RaggedTensorSpec((None, *shape), dtype, ragged_rank=0) for name, (shape, dtype, _) in COLUMNS.items()}
        kinds |= {"page_text": tf.TensorSpec((), tf.string), "errors": tf.TensorSpec((), tf.string)}
        pages = tf.map_fn(reader.read_page, image_bytes, fn_output_signature=kinds, parallel_iterations=1)
        padded = {name: pages[name].to_tensor(default) for name, (_, _, default) in COLUMNS.items()}
        counts = tf.cast(pages["texts"].row_lengths(), tf.int32)
        return {**padded, "counts": counts, "page_text": pages["page_text"], "errors": pages["errors"]}

    return read_pages


def export_saved_model(reader, folder):
    """Write a DocumentReader as a SavedModel to a folder."""
    module = GraphReader(reader)
    tf.saved_model.save(module, str(folder), signatures={"serving_default": serving_default(module)})
