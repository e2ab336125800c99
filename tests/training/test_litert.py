"""Conversion in 8 bits, on a network of two convolutions; in float it is tests/reading/test_engine.py that compares."""

import keras
import numpy as np
import pytest

from ocr_crnn.presets.engine_files import LiteRTError
from ocr_crnn.reading.engine import DetectionEngine, LiteRTEngine
from ocr_crnn.training.litert import convert_detection, convert_functions, convert_head
from tests.helpers.tiny_detector import tiny_detector


@pytest.mark.parametrize("how", ["full", "dynamic"])
def test_in_8_bits_the_maps_are_nearly_the_same(how):
    network = tiny_detector()
    image = np.random.default_rng(0).integers(0, 256, (1, 70, 90, 3), dtype=np.uint8)
    contents, sizes = convert_detection(network, how, [image[0]])
    assert sizes == {"stride": 4, "multiple": 8}
    maps, expected = DetectionEngine(LiteRTEngine(contents), **sizes)(image), np.asarray(network(image))
    assert maps.shape == expected.shape
    assert 0 < np.abs(maps - expected).max() < 0.1 * np.abs(expected).max()


def test_full_quantisation_wants_pages():
    with pytest.raises(ValueError, match="Received: none"):
        convert_detection(tiny_detector(), "full")


def test_what_litert_lacks_is_an_error(monkeypatch):
    import tensorflow as tf

    spec = [tf.TensorSpec((None,), tf.string)]
    with pytest.raises(LiteRTError, match="operations that LiteRT has"):
        convert_functions({"f": (lambda x: {"y": tf.strings.length(tf.strings.upper(x))}, spec)}, "float")
    monkeypatch.delattr(tf, "lite")
    with pytest.raises(LiteRTError, match=r"without tf\.lite"):
        convert_functions({}, "float")


def test_the_head_keeps_its_values_to_half_precision():
    head = keras.layers.Dense(3)
    head.build((None, 4))
    head.kernel.assign(np.random.default_rng(0).normal(size=(4, 3)))
    frames = np.random.default_rng(1).normal(size=(5, 4)).astype(np.float32)
    engine = LiteRTEngine(convert_head(head, 4))
    assert engine.signatures == ["logits"]
    with engine.hold() as signatures:
        np.testing.assert_allclose(signatures["logits"](frames=frames)["logits"], keras.ops.convert_to_numpy(head(frames)), atol=5e-3)
