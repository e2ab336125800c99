import keras
import numpy as np
import pytest

from ocr_crnn.alphabet import Alphabet
from ocr_crnn.layers.masking import count_frames
from ocr_crnn.recognition.attention_ctc import AttentionCTC, syllable_places, transfer_weights

ALPHABET = Alphabet("0123456789 가각힣")


def make(**kwargs):
    small = {"stages": ((8, 2, 2), (12, 2, 2), (12, 1, 1), (16, 1, 2)), "units": 16, "num_heads": 2, "rank": 4}
    keras.utils.set_random_seed(0)
    return AttentionCTC(len(ALPHABET), syllable_places(ALPHABET), **{**small, **kwargs})


@pytest.fixture(scope="module")
def network():
    return make()


def lines(count, width, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (count, width, 32, 1)).astype(np.float32)


@pytest.mark.parametrize("width", [5, 127, 128, 2000])
def test_one_frame_every_4_pixels(network, width):
    logits = network({"image": lines(1, width), "width": np.array([width])})
    assert logits.shape == (1, -(-width // 4), len(ALPHABET))
    assert count_frames(np.array([width]), network.stride) == [-(-width // 4)]


@pytest.mark.parametrize("width", [49, 50, 51, 52])
def test_a_line_reads_the_same_alone_and_padded(network, width):
    line = lines(1, width)
    alone = np.asarray(network({"image": line, "width": np.array([width])}))
    batch = np.concatenate([lines(1, 200, seed=1), np.concatenate([line, lines(1, 200 - width, seed=2)], axis=1)])
    padded = np.asarray(network({"image": batch, "width": np.array([200, width])}))
    np.testing.assert_allclose(padded[1:, : alone.shape[1]], alone, rtol=1e-3, atol=1e-4)


def test_whole_numbers_and_floats_are_the_same(network):
    line = lines(1, 60)
    logits = [np.asarray(network({"image": line.astype(dtype), "width": np.array([60])})) for dtype in ("uint8", "float32")]
    np.testing.assert_array_equal(*logits)


def test_order_of_columns_matters(network):
    line = lines(1, 64)
    there = np.asarray(network({"image": line, "width": np.array([64])}))
    back = np.asarray(network({"image": line[:, ::-1], "width": np.array([64])}))
    assert np.abs(there - back[:, ::-1]).max() > 1e-3


def test_config_and_weights_make_it_again(network, tmp_path):
    again = keras.models.model_from_json(network.to_json())
    network.save_weights(tmp_path / "x.weights.h5")
    again.load_weights(tmp_path / "x.weights.h5")
    inputs = {"image": lines(2, 40), "width": np.array([40, 13])}
    np.testing.assert_allclose(np.asarray(again(inputs)), np.asarray(network(inputs)), atol=1e-6)


def test_the_flat_head_is_a_choice():
    network = AttentionCTC(7, None, stages=((8, 4, 8),), units=8, num_blocks=1, num_heads=2)
    assert network({"image": lines(1, 9), "width": np.array([9])}).shape == (1, 3, 7)


def test_the_default_network_is_small():
    alphabet = Alphabet.korean()
    assert AttentionCTC(len(alphabet), syllable_places(alphabet)).count_params() <= 5_000_000


def test_syllable_places():
    assert syllable_places(Alphabet("A가각힣 ")) == [-1, 0, 1, 11171, -1, -1]


def test_places_and_classes_have_to_agree():
    with pytest.raises(ValueError, match="3 places for 4 classes"):
        AttentionCTC(4, [0, 1, 2])


@pytest.mark.parametrize("factorised", [True, False])
def test_weights_move_to_another_alphabet(factorised):
    old, new = Alphabet("01 가각"), Alphabet("각2가1힣")
    small = {"stages": ((8, 4, 8),), "units": 8, "num_blocks": 1, "num_heads": 2, "rank": 2}
    source, target = (AttentionCTC(len(a), syllable_places(a) if factorised else None, **small) for a in (old, new))
    rng = np.random.default_rng(0)
    for variable in source.variables:
        variable.assign(rng.normal(size=variable.shape))
    assert transfer_weights(source, old, target, new) == "2힣"
    inputs = {"image": lines(1, 20), "width": np.array([20])}
    before, after = np.asarray(source(inputs)), np.asarray(target(inputs))
    np.testing.assert_allclose(after[..., [0, 2, 3, 5]], before[..., [4, 3, 1, 5]], rtol=1e-4, atol=1e-5)


def test_a_new_symbol_may_begin_as_one_that_is_known():
    old, new = ALPHABET, Alphabet(ALPHABET.characters + "＃☎")
    source = make()
    rng = np.random.default_rng(0)
    for variable in source.variables:
        variable.assign(rng.normal(size=variable.shape))
    config = {**source.get_config(), "num_classes": len(new), "syllables": syllable_places(new)}
    target = AttentionCTC.from_config(config)
    assert transfer_weights(source, old, target, new, {"＃": "7"}) == "＃☎"
    inputs = {"image": lines(1, 20), "width": np.array([20])}
    logits = np.asarray(target(inputs))
    seven, sharp = (new.characters.index(character) for character in "7＃")
    np.testing.assert_allclose(logits[..., sharp], logits[..., seven] - np.log(2), rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(logits[..., -1], np.asarray(source(inputs))[..., -1], rtol=1e-4, atol=1e-5)
