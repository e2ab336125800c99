"""A small reader that finds and reads without training, and a look at its SavedModel by TensorFlow alone."""

import io
import json
import sys
from pathlib import Path

import keras
import numpy as np
from collector import leave_what_is_imported
from PIL import Image, ImageDraw, ImageFont

CHARACTERS = "가나다라마바사아자차 123"


def small_reader():
    """A detector that takes dark rows for text, and a recogniser that has not learnt anything but always reads the same."""
    from ocr_crnn.alphabet import Alphabet
    from ocr_crnn.detection.detector import TextDetector
    from ocr_crnn.detection.kernels import KernelDecoder
    from ocr_crnn.detection.network import KerasEngine
    from ocr_crnn.reading.reader import DocumentReader
    from ocr_crnn.reading.settings import SPOTTER
    from ocr_crnn.recognition.attention_ctc import AttentionCTC
    from ocr_crnn.recognition.recognizer import TextRecognizer

    images = keras.Input((None, None, 3))
    network = keras.Model(images, ink_maps(images))
    detector = TextDetector(KerasEngine(network, stride=4), KernelDecoder(), short_side_px=400, tile_px=768)
    keras.utils.set_random_seed(3)
    stages = ((8, 2, 2), (16, 2, 2), (24, 1, 2))
    network = AttentionCTC(len(CHARACTERS) + 1, height=16, stages=stages, units=32, num_blocks=1, num_heads=2)
    head = network.head
    head.kernel.assign(8.0 * head.kernel.numpy())
    return DocumentReader(detector, TextRecognizer(network, Alphabet(CHARACTERS), columns=600), settings=SPOTTER._replace(min_score=0.0))


def ink_maps(images):
    """Maps as of PAN that take dark rows for text."""
    ink = keras.ops.mean(255.0 - images, axis=-1, keepdims=True)
    ink = keras.layers.AveragePooling2D(4, padding="same")(ink)
    ink = keras.layers.MaxPooling2D((1, 9), strides=1, padding="same")(ink)
    return keras.layers.Concatenate()([ink * 0.2 - 4] * 6)


def small_spotter():
    """A TextSpotter that takes dark rows for text and has not learnt to read, but always reads the same."""
    from ocr_crnn.alphabet import Alphabet
    from ocr_crnn.detection.spotting import PANSpotter
    from ocr_crnn.spotting.text_spotter import TextSpotter

    @keras.saving.register_keras_serializable("served")
    class InkSpotter(PANSpotter):
        def __init__(self, *args, **kwargs):
            super().__init__(*args, **kwargs)
            images, outputs = self.features.input, self.features.output
            self.features = keras.Model(images, {**outputs, "maps": ink_maps(images)}, name="features")

    keras.utils.set_random_seed(3)
    network = InkSpotter(len(CHARACTERS) + 1, units=32, num_blocks=1, num_heads=2, folded=True, name="ink_spotter")
    head = network.reader.get_layer("head")
    head.kernel.assign(8.0 * head.kernel.numpy())
    return TextSpotter(network, Alphabet(CHARACTERS), short_side_px=400, min_reading_score=0.25)


def draw_page(width=600, height=800, lines=14, turn=0):
    """uint8 `(height, width, 3)`: print in two columns under a title, and a table below."""
    rng = np.random.default_rng(width * height + lines)
    picture = Image.new("RGB", (width, height), (250, 248, 240))
    draw = ImageDraw.Draw(picture)
    draw.text((width // 4, 10), "Title of a page", fill=(20, 20, 60), font=ImageFont.load_default(30))
    font = ImageFont.load_default(14)
    for row in range(lines):
        for left in (20, width // 2 + 20):
            words = " ".join("".join(rng.choice(list("abcdefghknorstuvwxyz"), int(rng.integers(2, 7)))) for _ in range(8))
            draw.text((left, 70 + 24 * row), words[: int((width // 2 - 50) / 8)], fill=0, font=font)
    top = 90 + 24 * lines
    for row in range(3):
        for column in range(3):
            box = (20 + 160 * column, top + 60 * row, 180 + 160 * column, top + 60 * row + 60)
            draw.rectangle(box, outline=0, width=2)
            draw.text((box[0] + 20, box[1] + 10), f"{row}{column} cell", fill=0, font=font)
            draw.text((box[0] + 20, box[1] + 32), "second", fill=0, font=font)
    return np.rot90(np.asarray(picture), turn).copy()


def encode(pixels, kind="PNG", **options):
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, kind, **options)
    return stream.getvalue()


def expect_same_page(found, expected):
    """Words, order and blocks to the character; corners go through float32 of a whole page. Of a turned crop a few pixels are rounded to
    the next level, which scores of a recogniser that has learnt nothing tell: a word has that of its least sure character."""
    assert list(found.texts) == list(expected.texts)
    assert found.size == expected.size and found.left_out == expected.left_out and found.unit == expected.unit
    np.testing.assert_array_equal(found.lines, expected.lines)
    np.testing.assert_array_equal(found.blocks, expected.blocks)
    np.testing.assert_allclose(found.quads, expected.quads, atol=0.01)
    apart = np.abs(found.scores - expected.scores)
    assert (apart > 0.02).sum() <= 1 and apart.max(initial=0) < 0.05
    for row, other in zip(found.characters, expected.characters, strict=True):
        np.testing.assert_allclose(row.quads, other.quads, atol=0.01)
        np.testing.assert_allclose(row.scores, other.scores, atol=0.05)


def plain(value):
    """An output as a JSON value."""
    return json.loads(json.dumps(value.numpy().tolist() if value.shape.rank else value.numpy(), default=bytes.decode))


def memory_mib():
    """What this process holds."""
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


def damage(contents, rng, number):
    """Random bytes, bytes that begin like an image, a file that breaks off, and one with some bytes changed, in turn."""
    noise = rng.bytes(int(rng.integers(0, 400)))
    if number % 4 == 0:
        return noise
    if number % 4 == 1:
        return contents[: int(rng.integers(2, 40))] + noise
    if number % 4 == 2:
        return contents[: int(rng.integers(len(contents)))]
    changed = np.frombuffer(contents, np.uint8).copy()
    changed[rng.integers(len(changed), size=5)] = rng.integers(256, size=5)
    return changed.tobytes()


def send_damaged(function, whole, count):
    """`count` damaged images in batches, a whole one at the end of each → what came back."""
    rng, found = np.random.default_rng(5), {"errors": [], "counts": [], "whole": [], "mib": []}
    for start in range(0, count, 50):
        batch = [damage(whole[number % len(whole)], rng, number) for number in range(start, start + 50)]
        outputs = function(image_bytes=[*batch, whole[0]])
        for name in ("errors", "counts"):
            values = plain(outputs[name])
            found[name] += values[:-1]
            found["whole"].append(values[-1])
        found["mib"].append(memory_mib())
    return found


def send_sizes(function, count):
    """MiB held after each of `count` pages of as many sizes."""
    rng, found = np.random.default_rng(6), []
    for _ in range(count):
        height, width = rng.integers(60, 400, 2)
        function(image_bytes=[encode(np.tile(np.uint8([[255, 255, 0, 255, 0, 0]] * 3), (height // 3, width // 6)))])
        found.append(memory_mib())
    return found


def answer(folder, requests):
    """Run by a process of its own: what the signatures of a SavedModel give for `[signature, [file, …]]` requests, to stdout.

    The requests "damaged" and "sizes" send images of their own making.
    """
    sys.modules["ocr_crnn"] = None  # not importable
    import tensorflow as tf

    leave_what_is_imported()
    model = tf.saved_model.load(folder)
    for signature, files in requests:
        if signature in ("damaged", "sizes"):
            whole = [Path(file).read_bytes() for file in files]
            send = {"damaged": lambda: send_damaged(model.signatures["detect"], whole, 1000)}  # noqa: B023
            send["sizes"] = lambda: send_sizes(model.signatures["serving_default"], 90)
            print(json.dumps(send[signature]()))
            continue
        function = model.signatures[signature]
        contents = [Path(file).read_bytes() for file in files]
        outputs = function(image_bytes=tf.constant(contents, tf.string, [len(contents)]))
        print(json.dumps({name: plain(value) for name, value in outputs.items()}))


if __name__ == "__main__":
    answer(sys.argv[1], json.loads(sys.argv[2]))
