"""Size and speed of the recognisers: `python benchmarks/recognition.py`, in lower precision `… --precisions`, of words alone `… --words`.

Untrained ones on noise. Batch of one: the compiled network on a line that is resized already. Batches: TextRecognizer from uint8 images
of 48 × 480 and 48 × 960 pixels to texts, resize and decoding included. The shipped preset, frozen, reads print, for it skips frames that
are surely blank; its batch of one is read from the image to the text as well. ViTSTR and PARSeq write 25 characters at most: words of
128 px, the compiled network alone; untrained, so the end is made too unlikely for PARSeq to stop early, and all 26 steps are written. The
least of the repeats: other work only adds.

--precisions: untrained networks of the default alphabet on noise of 128 × 32 px, by processor time. In TensorFlow the weights are
constants in float32, or all layers compute in bfloat16. In LiteRT they are float32, or 8 bits with a scale a channel, and activations are
in 8 bits by the range of each call. The four take turns, so a ratio is of one run. LiteRT has a model of its own for a batch of 32.
"""

import argparse
import os
import platform
from functools import partial
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from PIL import Image, ImageDraw, ImageFont
from rich.console import Console
from rich.table import Table
from timing import compare, measure

from ocr_crnn.alphabet import Alphabet
from ocr_crnn.losses.ctc import ctc_loss
from ocr_crnn.reading import engine as engines
from ocr_crnn.reading.engine import LiteRTEngine
from ocr_crnn.recognition import clip4str, parseq, vitstr
from ocr_crnn.recognition.attention_ctc import AttentionCTC, syllable_places
from ocr_crnn.recognition.crnn import CRNN
from ocr_crnn.recognition.recognizer import TextRecognizer
from ocr_crnn.training.litert import convert_functions, freeze_layer
from ocr_crnn.training.precision import made_in

REPEATS = 15
PRECISIONS = ("float32", "bfloat16")
engines.ROOM = 1 << 31  # the files are made here, so a batch of 32 may be laid out for a small alphabet
FONT = Path(__file__).parents[1] / "fonts" / "NanumBarunGothic.ttf"


def least_ms(function, repeats=REPEATS):
    """The least wall time and the least CPU time of a call in ms, after two calls that compile."""
    least = measure(function, repeats, warm_ups=2).least()
    return 1000 * least.wall, 1000 * least.processor


def lines(count, width):
    rng = np.random.default_rng(0)
    return tf.constant(rng.integers(0, 256, (count, width, 32, 1), dtype=np.uint8)), tf.constant(np.full(count, width, np.int32))


def networks(alphabet):
    places = syllable_places(alphabet)
    yield "AttentionCTC, factorised head", AttentionCTC(len(alphabet), places)
    yield "AttentionCTC, flat head", AttentionCTC(len(alphabet), None)
    yield "AttentionCTC, 87 classes", AttentionCTC(87, None)


def measure_network(network):
    """Cells of the table: ms of one line of 256 and of 640 px; lines/s and CPU ms a line in batches of 320 and of 640 px."""
    run = tf.function(lambda image, width: network({"image": image, "width": width}, training=False), reduce_retracing=True)
    cells = []
    for width in (256, 640):
        inputs = lines(1, width)
        cells.append("{:.1f} ({:.0f})".format(*least_ms(lambda inputs=inputs: run(*inputs).numpy())))
    recognizer = TextRecognizer(network, Alphabet("".join(map(chr, range(0x4E00, 0x4E00 + network.output_shape[-1] - 1)))))
    for width in (480, 960):
        images = list(np.random.default_rng(0).integers(0, 256, (64, 48, width), dtype=np.uint8))
        wall, cpu = least_ms(lambda images=images: recognizer(images), 5)
        cells.append(f"{64_000 / wall:.0f} ({cpu / 64:.1f})")
    return cells


def draw_print(width_px):
    """A printed line, uint8 `(48, width_px)`."""
    font = ImageFont.truetype(FONT, 34)
    picture = Image.new("L", (width_px, 48), 255)
    ImageDraw.Draw(picture).text((6, 4), "제3조 (계약금액) 발주자는 수급인에게 금 12,340,000원을 지급한다. " * 2, fill=0, font=font)
    return np.asarray(picture)


def measure_preset(recognizer):
    """Cells of the table, as `measure_network`, all of them from images of print to texts."""
    cells = ["{:.1f} ({:.0f})".format(*least_ms(partial(recognizer, [draw_print(width)]))) for width in (384, 960)]
    for width in (480, 960):
        wall, cpu = least_ms(partial(recognizer, [draw_print(width)] * 64), 5)
        cells.append(f"{64_000 / wall:.0f} ({cpu / 64:.1f})")
    return cells


def word_networks():
    """The recognisers of words with 94 characters, by what they do."""
    for size, shape in vitstr.SIZES.items():
        for stem in vitstr.STEMS:
            yield f"ViTSTR-{size}, {stem}", vitstr.ViTSTR(95, stem=stem, **shape)
    for size, shape in parseq.SIZES.items():
        for what, autoregressive, refinements in (
            ("at once", False, 0), ("at once, read again", False, 1), ("left to right", True, 0), ("left to right, read again", True, 1)
        ):  # fmt: skip
            network = parseq.PARSeq(95, autoregressive=autoregressive, refinements=refinements, **shape)
            never_end(network.decoder)
            yield f"PARSeq-{size}, {what}", network


def never_end(decoder):
    """The end is made too unlikely for an untrained PermutedDecoder to stop early."""
    bias = np.zeros(decoder.num_classes, np.float32)
    bias[decoder.end] = -100
    decoder.head.class_bias.assign(bias)


def measure_words(network):
    """Cells of the table: ms of one word, words/s and CPU ms a word in batches of 32."""
    run = tf.function(lambda image, width: network({"image": image, "width": width}, training=False), reduce_retracing=True)
    read = lambda inputs: tf.nest.map_structure(lambda output: output.numpy(), run(*inputs))  # noqa: E731
    one = "{:.1f} ({:.0f})".format(*least_ms(partial(read, lines(1, 128))))
    wall, cpu = least_ms(partial(read, lines(32, 128)), 5)
    return one, f"{32_000 / wall:.0f} ({cpu / 32:.1f})"


def networks_of_precisions(alphabet):
    """`(name, a function that makes the network in the precision of now)`."""
    classes, places = len(alphabet), syllable_places(alphabet)
    yield "AttentionCTC (default)", partial(AttentionCTC, classes, places)
    yield "ViTSTR-tiny", partial(vitstr.ViTSTR, classes, width=128, **vitstr.SIZES["tiny"])
    for what, how in (("at once, read again", {"autoregressive": False}), ("left to right, read again", {})):
        yield f"PARSeq-tiny, {what}", partial(parseq.PARSeq, classes, **how, **parseq.SIZES["tiny"])
    for size in ("tiny", "small"):
        yield f"CLIP4STR-{size}", partial(clip4str.CLIP4STR, classes, **clip4str.SIZES[size])


def compare_precisions(make, count):
    """Processor ms a line in batches of `count`, `{"float32", "bfloat16", "LiteRT", "LiteRT int8": ms}`, of an untrained network."""
    network = make()
    for name in ("decoder", "visual", "cross"):
        if hasattr(network, name):
            never_end(getattr(network, name))
    return compare_calls(calls_by_precision(network, make, count), count)


def calls_by_precision(network, make, count, width=128):
    """`{precision: a function (image uint8 (count, width, 32, 1), widths int32 (count,)) → logits, NumPy}`. make: of the same network."""
    calls = {}
    for precision in PRECISIONS:
        with made_in(precision):
            same = make()
        same.set_weights(network.get_weights())
        run = tf.function(partial(logits_of, freeze_layer(same, training=False)), autograph=False)
        calls[precision] = lambda image, widths, run=run: run(tf.constant(image), tf.constant(widths))["logits"].numpy()
    specs = [tf.TensorSpec((count, width, 32, 1), tf.uint8, name="image"), tf.TensorSpec((count,), tf.int32, name="width")]
    for name, how in (("LiteRT", "float"), ("LiteRT int8", "dynamic")):
        contents = convert_functions({"read": (partial(logits_of, freeze_layer(network, training=False)), specs)}, how)
        engine = LiteRTEngine(contents, threads=os.cpu_count())
        calls[name] = lambda image, widths, engine=engine: read_with(engine, image=image, width=widths)
    return calls


def compare_calls(calls, count, width=128):
    """Processor ms a line of `calls_by_precision` on noise."""
    inputs = [part.numpy() for part in lines(count, width)]
    times = compare({name: partial(call, *inputs) for name, call in calls.items()}, 8 if count > 1 else REPEATS, 2)
    return {name: 1000 * taken.least().processor / count for name, taken in times.items()}


def read_with(engine, **inputs):
    with engine.hold() as signatures:
        return signatures["read"](**inputs)["logits"]


def logits_of(network, image, width):
    outputs = network({"image": image, "width": width})
    return {"logits": outputs["logits"] if isinstance(outputs, dict) else outputs}


def print_precisions(console):
    columns = ("float32", "bfloat16", "LiteRT", "LiteRT int8")
    for count in (1, 32):
        table = Table("network", "parameters", *columns, title=f"processor ms a line in batches of {count} (ratio to float32)")
        for name, make in networks_of_precisions(Alphabet.korean()):
            ms = compare_precisions(make, count)
            cells = (f"{ms[column]:.1f} ({ms[column] / ms['float32']:.2f})" for column in columns)
            table.add_row(name, f"{make().count_params():,}", *cells)
        console.print(table)


def measure_training(network, classes):
    """CPU ms of forward and backward of the head and the loss on a batch of 32 lines of 320 px, softmax over `classes` (None: all)."""
    frames = tf.random.normal((32, 80, network.head.kernel.shape[0 if hasattr(network.head, "residual") else 1]))
    drawn = None if classes is None else tf.range(classes, dtype=tf.int32)
    labels = tf.random.uniform((32, 20), 0, (classes or network.output_shape[-1]) - 1, tf.int32)
    weights = [variable.value for variable in network.head.trainable_variables]

    @tf.function
    def step():
        with tf.GradientTape() as tape:
            tape.watch(frames)
            loss = tf.reduce_sum(ctc_loss(labels, network.head(frames, drawn)))
        return tape.gradient(loss, [frames, *weights])

    return least_ms(lambda: step()[0].numpy(), 5)[1]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--precisions", action="store_true", help="float32, bfloat16 and 8 bits beside each other, and nothing else")
    parser.add_argument("--words", action="store_true", help="the networks of words with 94 characters, and nothing else")
    args = parser.parse_args()
    console = Console(width=140)
    if args.precisions:
        print_precisions(console)
    if not args.words and not args.precisions:
        print_sizes(console)
    if args.words or not args.precisions:
        print_words(console)
    load = os.getloadavg()[0]
    precision = keras.config.dtype_policy().name
    console.print(f"{os.cpu_count()} cores {platform.processor() or platform.machine()}, load {load:.1f}; {precision}")


def print_sizes(console):
    columns = ("1 × 256 px, ms (CPU ms)", "1 × 640 px, ms (CPU ms)", "320 px, lines/s (CPU ms a line)", "640 px, lines/s (CPU ms a line)")
    table = Table("network", "classes", "parameters", *columns)
    training = Table("head", "head and loss over", "CPU ms a batch of 32 × 320 px")
    alphabet = Alphabet.korean()
    shipped = TextRecognizer.from_preset()
    parameters = shipped.network.count_params()
    table.add_row("the shipped preset, frozen", f"{len(shipped.alphabet):,}", f"{parameters:,}", *measure_preset(shipped))
    for name, network in networks(alphabet):
        table.add_row(name, f"{network.output_shape[-1]:,}", f"{network.count_params():,}", *measure_network(network))
        for classes in (None, 2048) if network.output_shape[-1] > 2048 else ():
            training.add_row(name, f"{classes or network.output_shape[-1]:,} classes", f"{measure_training(network, classes):.0f}")
    for gru in (False, True):
        network = CRNN((640, 32, 1), 87, prediction_only=True, gru=gru)
        run = tf.function(lambda image, network=network: network(image, training=False))
        image = tf.cast(lines(1, 640)[0], tf.float32)
        alone = "{:.1f} ({:.0f})".format(*least_ms(lambda run=run, image=image: run(image).numpy(), 5))
        name = f"CRNN-{'GRU' if gru else 'LSTM'} (the lineage's)"
        table.add_row(name, "87", f"{network.count_params():,}", "–", alone, "–", "–")
    console.print(table)
    console.print(training)


def print_words(console):
    words = Table("network of words", "parameters", "1 × 128 px, ms (CPU ms)", "32 × 128 px, words/s (CPU ms a word)")
    for name, network in word_networks():
        words.add_row(name, f"{network.count_params():,}", *measure_words(network))
    console.print(words)


if __name__ == "__main__":
    main()
