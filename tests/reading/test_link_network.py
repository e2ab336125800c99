import numpy as np
import pytest

from ocr_crnn.presets import write_preset
from ocr_crnn.reading.line_graph import FEATURES
from ocr_crnn.reading.link_network import FILE, NAMES, TASK, UNITS, link_by_network, load_weights


def test_the_forward_pass_is_the_one_by_hand():
    weights = [np.zeros((before, after), np.float32) for before, after in zip(UNITS, UNITS[1:], strict=False)]
    biases = [np.zeros(after, np.float32) for after in UNITS[1:]]
    weights[0][3, 0], weights[1][0, 2], weights[2][2, 1], biases[2][0] = 2.0, 1.0, 0.5, 1.0
    network = [array for pair in zip(weights, biases, strict=True) for array in pair]
    features = np.zeros((2, FEATURES), np.float32)
    features[:, 3] = [1.5, -1.5]
    shares = link_by_network(features, network)
    logits = np.array([[1.0, 1.5, 0.0], [1.0, 0.0, 0.0]])  # the second is cut off by the first layer
    np.testing.assert_allclose(shares, np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True), rtol=1e-6)
    assert link_by_network(np.zeros((0, FEATURES))).shape == (0, 3)


def test_the_shipped_weights_are_few_and_others_are_refused(tmp_path):
    assert sum(array.size for array in load_weights()) == 1443

    def write(path):
        with open(path, "wb") as stream:
            np.savez(stream, **{name: np.zeros(2, np.float16) for name in NAMES})

    write_preset(tmp_path / "other", {"task": TASK}, {FILE: write}, "")
    with pytest.raises(ValueError, match="The network of lines has weights of"):
        load_weights(tmp_path / "other")
