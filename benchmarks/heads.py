"""The factorised head against a flat one: `python benchmarks/heads.py --corpus PATH… [--batches 600]`.

Both heads begin anew on the frames of the shipped recogniser, which stay as they are, and see the same batches of rendered lines.
The frames were learnt under a factorised head, and a training of everything would tell the heads apart less unfairly; it would
also take days of two cores. Errors are of lines that no batch holds: fonts of the training, held-out fonts, and clean words
around a syllable that no training line holds, which a flat head can learn nowhere.
"""

import argparse
from functools import partial

import keras
import numpy as np
import tensorflow as tf
from rich.console import Console
from rich.progress import track
from rich.table import Table
from timing import timed

from ocr_crnn.evaluation.text import measure_cer
from ocr_crnn.layers.heads import FactorisedHead, FlatHead
from ocr_crnn.layers.masking import count_frames
from ocr_crnn.losses.ctc import ctc_loss
from ocr_crnn.recipes.experiment import HELD_OUT_FONTS
from ocr_crnn.recognition.attention_ctc import syllable_places
from ocr_crnn.recognition.codecs import CTCCodec
from ocr_crnn.recognition.recognizer import DEFAULT_PRESET, TextRecognizer
from ocr_crnn.synthesis import fonts
from ocr_crnn.synthesis.text import corpus
from ocr_crnn.training import line_batches, rendered

COLUMNS, SAMPLED_CLASSES, LEARNING_RATE = 6000, 2048, 2e-3


def make_source(paths, font_paths, alphabet):
    """Lines as the recipe `attention_ctc` renders them, and the faces that it holds out."""
    files = fonts.find_fonts(font_paths)
    faces = fonts.load_faces(files, exclude=HELD_OUT_FONTS)
    sentences = corpus.read_corpus(paths)
    withheld = rendered.draw_withheld(np.random.default_rng(0), sentences, 100)
    latin = fonts.load_faces(files, exclude=HELD_OUT_FONTS, holds="Ag09")
    source = rendered.RenderedLines(
        seed=1, faces=tuple(faces), codec=CTCCodec(alphabet), frames_for_width=partial(count_frames, stride=4), latin_faces=tuple(latin),
        sentences=tuple(sentences), withheld=withheld,
    )  # fmt: skip
    return source, [face for face in fonts.load_faces(files) if face not in faces]


def make_step(head, steps):
    """A compiled `(frames, labels, counts, classes, log_odds) → loss` that trains a head."""
    optimizer = keras.optimizers.AdamW(keras.optimizers.schedules.CosineDecay(LEARNING_RATE, steps), clipnorm=1.0)
    optimizer.build(head.trainable_variables)

    @tf.function(reduce_retracing=True)
    def step(frames, labels, counts, classes, log_odds):
        with tf.GradientTape() as tape:
            logits = head(frames, classes) + log_odds
            loss = tf.reduce_sum(ctc_loss(labels, logits, counts)) / tf.reduce_sum(tf.cast(labels >= 0, tf.float32))
        optimizer.apply(tape.gradient(loss, head.trainable_variables), head.trainable_variables)
        return loss

    return step


def measure(network, alphabet, head, sets):
    """CER of each set of lines, best path."""
    errors = {}
    for name, lines in sets.items():
        pairs = []
        for (inputs, _), (_, text) in zip((line_batches.encode_batch(CTCCodec(alphabet), [line]) for line in lines), lines, strict=True):
            logits = head(network.features(inputs, training=False))
            best = np.asarray(tf.argmax(logits[0], axis=-1))
            kept = best[np.append(True, best[1:] != best[:-1]) & (best != len(alphabet.characters))]
            pairs.append((text, alphabet.decode(kept)))
        errors[name] = measure_cer(pairs)
    return errors


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--corpus", nargs="*", default=[], metavar="PATH")
    parser.add_argument("--fonts", nargs="*", metavar="PATH", help="font files and folders; those of the system by default")
    parser.add_argument("--preset", default=DEFAULT_PRESET)
    parser.add_argument("--batches", type=int, default=600)
    args = parser.parse_args()

    recognizer = TextRecognizer.from_preset(args.preset)
    network, alphabet = recognizer.network, recognizer.alphabet
    source, new_faces = make_source(args.corpus, args.fonts, alphabet)
    units = network.features.output_shape[-1]
    heads = {"factorised": FactorisedHead(syllable_places(alphabet)), "flat": FlatHead(len(alphabet))}
    for head in heads.values():
        head.build((None, None, units))
    steps = {name: make_step(head, args.batches) for name, head in heads.items()}
    seconds = {name: [] for name in heads}
    body = tf.function(lambda inputs: network.features(inputs, training=False), reduce_retracing=True)
    batches = line_batches.produce_batches(source, COLUMNS, sampled_classes=SAMPLED_CLASSES)
    for _, (inputs, labels) in zip(track(range(args.batches), "batches"), batches, strict=False):
        frames = body({"image": inputs["image"], "width": inputs["width"]})
        counts = count_frames(tf.cast(inputs["width"], tf.int32), network.stride)
        for name, step in steps.items():
            given = frames, labels, counts, inputs["classes"], inputs["log_odds"]
            seconds[name].append(timed(lambda step=step, given=given: float(step(*given)))[1].processor)
    batches.close()

    sets = rendered.draw_validation_lines(source, new_faces)
    table = Table("head", "parameters", *(f"{name} after {args.batches} batches" for name in sets), "CPU ms a batch, median")
    for name, head in heads.items():
        errors = measure(network, alphabet, head, sets)
        figures = [f"{error:.4f}" for error in errors.values()]
        table.add_row(name, f"{head.count_params():,}", *figures, f"{1e3 * np.median(seconds[name]):.0f}")
    Console(width=160).print(table)


if __name__ == "__main__":
    main()
