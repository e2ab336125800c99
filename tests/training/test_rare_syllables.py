import keras
import numpy as np
import pytest
from small_run import ALPHABET
from tiny_detector import tiny_detector

from ocr_crnn.alphabet import HANGUL_SYLLABLES, Alphabet
from ocr_crnn.recognition.attention_ctc import AttentionCTC, syllable_places
from ocr_crnn.training.rare_syllables import is_rare, lower_rare_syllables


def test_what_is_rare():
    assert [is_rare(c) for c in "목믁개걉뷁뀀A1甲 "] == [False, True, False, True, True, False, False, False, False, False]
    assert sum(map(is_rare, HANGUL_SYLLABLES)) == 11_172 - 2_350


@pytest.mark.parametrize("flat", [False, True])
def test_only_their_biases_change(flat):
    alphabet = Alphabet("가믁목A")
    network = AttentionCTC(
        5, None if flat else syllable_places(alphabet), stages=((8, 4, 8),), units=8, num_blocks=1, num_heads=2, rank=2
    )
    before = {variable.path: keras.ops.convert_to_numpy(variable) for variable in network.variables}
    assert lower_rare_syllables(network, alphabet, 1.5) == 1
    for variable in network.variables:
        change = keras.ops.convert_to_numpy(variable) - before[variable.path]
        np.testing.assert_allclose(change, [0, -1.5, 0, 0, 0] if variable.path.endswith("class_bias") else 0)


def test_a_network_without_classes_is_refused():
    with pytest.raises(ValueError, match="Ship it without"):
        lower_rare_syllables(tiny_detector(), ALPHABET, 1.0)
