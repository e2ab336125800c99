import numpy as np
import pytest

from ocr_crnn.layers.clip import CharacterTokens, make_text_encoder, quick_gelu


def test_quick_gelu():
    np.testing.assert_allclose(np.asarray(quick_gelu(np.array([0.0, 1.0, -2.0], np.float32))), [0, 0.845796, -0.0643414], atol=1e-5)


# Characters 0 and 1 and the end 2; two tokens and one. 90 begins, 91 ends, 0 pads.
@pytest.mark.parametrize(
    ("written", "tokens"),
    [
        ([1, 0, 2, 1], [90, 12, 10, 11, 91, 0]),  # what follows the end is not written
        ([2, 0, 0, 0], [90, 91, 0, 0, 0, 0]),
        ([1, 1, 1, 1], [90, 12, 12, 12, 12, 91]),
        ([0, 0, 0, 2], [90, 10, 11, 10, 11, 91]),  # cut, and it ends all the same
        ([1, 4, 1, 1], [90, 12, 91, 0, 0, 0]),  # padding ends it too
    ],
)
def test_characters_become_tokens(written, tokens):
    layer = CharacterTokens([[10, 11], [12]], 6, begin=90, end=91, padding=0)
    np.testing.assert_array_equal(np.asarray(layer(np.array([written], np.int32))), [tokens])
    again = CharacterTokens.from_config(layer.get_config())
    np.testing.assert_array_equal(np.asarray(again(np.array([written, written], np.int32))), [tokens] * 2)


def test_a_token_of_text_does_not_see_what_follows():
    encode = make_text_encoder(9, 6, 4, 8, 2, 2, 5)
    first, second = np.asarray(encode(np.array([[1, 2, 3, 4], [1, 2, 8, 7]], np.int32)))
    np.testing.assert_allclose(first[:2], second[:2], atol=1e-6)
    assert np.abs(first[2:] - second[2:]).max(axis=1).min() > 1e-6
