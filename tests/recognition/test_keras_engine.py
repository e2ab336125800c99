"""Networks of the lineage read lines as they were trained on them: same preparation, same frames, whatever stands beside them."""

import keras
import numpy as np
import pytest
from PIL import Image

from ocr_crnn import CRNN, Alphabet, GTUtility, InputGenerator, Page, decode
from ocr_crnn.geometry import boxes_to_quads
from ocr_crnn.recognition.keras_engine import LineageEngine
from ocr_crnn.recognition.lineage_network import LineageNetwork
from ocr_crnn.recognition.recognizer import TextRecognizer

ALPHABET = Alphabet("0123456789")


def read(engine, images, alphabet=ALPHABET):
    return [line.text for line in TextRecognizer(engine, alphabet)(images)]


@pytest.fixture(scope="module")
def network():
    """Weights drawn large, so that what it reads depends on every pixel."""
    keras.utils.set_random_seed(1)
    network = CRNN((96, 32, 1), len(ALPHABET), prediction_only=True, cnn=True)
    network.get_layer("dense1").kernel.assign(20 * network.get_layer("dense1").kernel)
    return network


@pytest.mark.parametrize("preprocess", [None, "lineage"])
def test_a_fixed_width_is_read_as_the_generator_gives_it(tmp_path, network, preprocess):
    pages, images = [], []
    for index, width in enumerate((40, 70, 96)):
        image = np.random.default_rng(index).integers(80, 200, (32, width), np.uint8)
        Image.fromarray(image).save(tmp_path / f"{index}.png")
        pages.append(Page(str(tmp_path / f"{index}.png"), (32, width), boxes_to_quads([(0, 0, width, 32)]), [str(index)]))
        images.append(np.repeat(image[..., None], 3, axis=2))
    generator = InputGenerator(GTUtility(pages), 8, ALPHABET, (96, 32), preprocess=preprocess)
    [(inputs, _)] = generator.dataset(train=False)
    scores = network.predict(inputs["image_input"], verbose=0)
    expected = [decode([ALPHABET[i] for i in frames.argmax(axis=1)], blank="") for frames in scores]
    assert read(network.as_engine(preprocess), images) == expected
    other = read(network.as_engine(None if preprocess else "lineage"), images)
    assert len(set(expected)) > 1 and other != expected


@pytest.mark.parametrize(("preprocess", "paper"), [(None, 255), ("lineage", 0)])
def test_lines_of_any_width_have_the_padding_of_the_training(preprocess, paper):
    """A network that tells the grey value of its last column: 1 for white, 0 for black."""
    image = keras.Input((None, 32, 1), name="image_input")
    share = keras.ops.mean(image[:, -1:, :, 0], axis=2, keepdims=True) / 255
    scores = keras.layers.Activation("linear", name="softmax")(keras.ops.concatenate([1 - share, share, 0 * share], axis=2))
    line = np.full((32, 40, 3), 128, np.uint8)  # 24 px of padding follow
    line[:, :20] = 60
    network = LineageNetwork(image, scores)
    assert read(network.as_engine(preprocess), [line], Alphabet("01")) == ["1" if paper else "0"]


def test_a_line_of_any_width_reads_the_same_in_every_batch():
    """The network sees its padding, so a line is padded to its own next step and not to that of its batch."""
    keras.utils.set_random_seed(1)
    network = CRNN((None, 32, 1), len(ALPHABET), prediction_only=True, cnn=True)
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (5, 200, 32, 1), np.uint8)
    widths = np.array([200, 60, 61, 5, 33], np.int32)
    engine = LineageEngine(network)
    together, counts = engine(images, widths), engine.count_frames(widths)
    assert counts.tolist() == [48, 13, 14, 1, 7]
    for row, width in enumerate(widths):
        columns = -(-width // 32) * 32
        line = np.full((1, columns, 32, 1), 255, np.float32)
        line[0, :width] = images[row, :width]
        expected = np.log(network.predict(line, verbose=0)[0] + 1e-20)[: counts[row]]
        np.testing.assert_allclose(together[row, : counts[row]], expected, rtol=1e-3, atol=1e-3)


def test_the_lineage_goes_through_a_preset(tmp_path, network):
    image = np.random.default_rng(7).integers(80, 200, (32, 90), np.uint8)
    recognizer = TextRecognizer(network.as_engine("lineage"), ALPHABET)
    folder = recognizer.save_to_preset(tmp_path / "mine")
    again = TextRecognizer.from_preset(folder)
    assert again.engine.preprocess == "lineage" and again.engine.width == 96
    assert again([image])[0].text == recognizer([image])[0].text != ""
