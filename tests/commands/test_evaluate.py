"""Networks of the lineage are evaluated on the lines that they were trained on: same preparation, same frames."""

import keras
import numpy as np
import pytest
from PIL import Image

from ocr_crnn import CRNN, Alphabet, GTUtility, InputGenerator, Page, decode
from ocr_crnn.commands.measure import LineageRecognizer
from ocr_crnn.geometry import boxes_to_quads

ALPHABET = Alphabet("0123456789")


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
    assert LineageRecognizer(network, ALPHABET, preprocess).read_texts(images) == expected
    other = LineageRecognizer(network, ALPHABET, None if preprocess else "lineage").read_texts(images)
    assert len(set(expected)) > 1 and other != expected


@pytest.mark.parametrize(("preprocess", "paper"), [(None, 255), ("lineage", 0)])
def test_lines_of_any_width_have_the_padding_of_the_training(preprocess, paper):
    """A network that tells the grey value of its last column: 1 for white, 0 for black."""
    image = keras.Input((None, 32, 1), name="image_input")
    share = keras.ops.mean(image[:, -1:, :, 0], axis=2, keepdims=True) / 255
    scores = keras.layers.Activation("linear", name="softmax")(keras.ops.concatenate([1 - share, share, 0 * share], axis=2))
    line = np.full((32, 40, 3), 128, np.uint8)  # 24 px of padding follow
    line[:, :20] = 60
    recognizer = LineageRecognizer(keras.Model(image, scores), Alphabet("01"), preprocess)
    assert recognizer.read_texts([line]) == ["1" if paper else "0"]
