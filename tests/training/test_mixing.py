from types import SimpleNamespace

import keras
import numpy as np
import pytest
from small_run import ALPHABET, make_run
from tiny_detector import tiny_detector

from ocr_crnn.presets import read_preset
from ocr_crnn.recognition.attention_ctc import AttentionCTC, syllable_places
from ocr_crnn.recognition.recognizer import TextRecognizer
from ocr_crnn.training.mixing import choose_share, mix_presets, mix_weights


def test_a_preset_between_two(tmp_path):
    networks = [make_run(tmp_path / name, seed) for name, seed in (("first", 10), ("second", 20))]
    for name, network in zip(("first", "second"), networks, strict=True):
        TextRecognizer(network, ALPHABET, min_score=0.5).save_to_preset(tmp_path / "presets" / name)
    first, second = tmp_path / "presets" / "first", tmp_path / "presets" / "second"
    folder = mix_presets(first, second, tmp_path / "presets" / "mixed", 0.25, "# mixed\n")
    assert (folder / "README.md").read_text(encoding="utf-8") == "# mixed\n"
    assert read_preset(folder)[1]["min_score"] == 0.5
    mixed = TextRecognizer.from_preset(folder).network.get_weights()
    for variable, one, other in zip(mixed, *(network.get_weights() for network in networks), strict=True):
        np.testing.assert_allclose(variable, 0.75 * one + 0.25 * other, atol=3e-3)


def test_only_networks_of_the_same_variables_are_mixed():
    smaller, larger = (
        AttentionCTC(len(ALPHABET), syllable_places(ALPHABET), stages=((8, 4, 8),), units=8, num_blocks=blocks, num_heads=2, rank=2)
        for blocks in (1, 2)
    )
    with pytest.raises(ValueError, match="the same variables"):
        mix_weights(smaller, larger, 0.5)
    with pytest.raises(ValueError, match="the same variables"):
        mix_weights(tiny_detector(), smaller, 0.5)


def test_a_recogniser_and_a_detector_are_not_mixed(tmp_path):
    with pytest.raises(ValueError, match="Two presets of detection or recognition"):
        mix_presets("pan_light_ko", "attention_ctc_ko", tmp_path / "mixed", 0.5, "")


def numbers(value):
    return SimpleNamespace(variables=[keras.Variable([value, value], name="v", dtype="float32")])


@pytest.mark.parametrize(
    ("own", "other", "share"),
    [
        (lambda x: 1 - x, lambda x: 0.1, 1.0),  # nothing is forgotten
        (lambda x: 1 - x, lambda x: 0.1 + 0.02 * x, 0.2),  # 0.4 of it forgets 8 %
        (lambda x: abs(x - 0.6), lambda x: 0.0, 0.6),
        (lambda x: 0.3, lambda x: 0.1, 0.0),  # nothing got better
        (lambda x: 1 - x, lambda x: 0.1 + x, 0.0),
    ],
)
def test_the_share_is_the_best_that_forgets_little(own, other, share):
    network, before = numbers(1.0), numbers(0.0)

    def measure():
        x = float(network.variables[0][0])
        return round(own(x), 6), other(x)

    chosen, errors = choose_share(network, before, measure)
    assert chosen == share and set(errors) == {0.0, 0.2, 0.4, 0.6, 0.8, 1.0}
    np.testing.assert_allclose(network.variables[0], [share, share], atol=1e-6)
