import numpy as np
import pytest
from vision_formulas import vitstr, weights_of

from ocr_crnn.presets.networks import outline
from ocr_crnn.recognition.vitstr import SIZES, STEMS, ViTSTR

SMALL = {"width": 64, "height": 16, "positions": 5, "units": 16, "num_blocks": 2, "num_heads": 2}


@pytest.mark.parametrize(("size", "published"), [("tiny", 5_444_640), ("small", 21_506_016)])
def test_parameters_as_published(size, published):
    """The published network reads grey images of 224 × 224 by patches of 16 × 16, and has a class token; 96 classes.

    Its 12 blocks and the last normalisation, 5.34 and 21.29 million, are ours too; what differs is the way in and out.
    """
    d = SIZES[size]["units"]
    theirs = (16 * 16 * d + d) + 197 * d + d + (96 * d + 96)  # patches, places, class token, head
    ours = {"columns": (4 * 32 * d + d) + 32 * d + (95 * d + 95)}
    ours["convolutions"] = ours["columns"] - 4 * 32 * d + (9 * 32 + 32) + (9 * 32 * 64 + 64) + 8 * 64 * d
    for stem in STEMS:
        shapes = outline(lambda stem=stem: ViTSTR(95, stem=stem, **SIZES[size]))
        assert sum(np.prod(shape, dtype=int) for shape in shapes.values()) - ours[stem] == published - theirs


@pytest.mark.parametrize("stem", STEMS)
def test_it_reads_as_the_formulas(stem):
    network = ViTSTR(6, stem=stem, **SMALL)
    weights = weights_of(network)
    images, widths = np.random.default_rng(0).uniform(0, 255, (2, 40, 16, 1)).astype(np.float32), np.array([40, 13], np.int32)
    logits = np.asarray(network({"image": images, "width": widths}))
    for line in range(2):
        np.testing.assert_allclose(logits[line], vitstr(images[line], widths[line], weights, network.get_config()), atol=1e-4)


def test_a_sample_of_the_classes_has_their_logits_and_what_is_written_is_not_looked_at():
    network = ViTSTR(6, **SMALL)
    inputs = {"image": np.zeros((1, 32, 16, 1), np.float32), "width": np.array([32])}
    classes = np.array([4, 1, 5], np.int32)
    sampled = np.asarray(network.sample({**inputs, "label": np.array([[6, 1]])}, classes))
    np.testing.assert_allclose(sampled, np.asarray(network(inputs))[..., classes], atol=1e-6)


def test_a_line_that_is_too_wide_has_no_steps():
    np.testing.assert_array_equal(ViTSTR(6, **SMALL).count_frames(np.array([1, 64, 65, 400])) > 0, [True, True, False, False])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"positions": 16}, "a token of 4 px for each character and the end. Received: width=64, height=16, positions=16"),
        ({"stem": "pool"}, "stem is one of columns, convolutions. Received: 'pool'"),
        ({"units": 15}, "Units divide by the number of heads"),
    ],
)
def test_arguments(changes, message):
    with pytest.raises(ValueError, match=message):
        ViTSTR(6, **{**SMALL, **changes})
