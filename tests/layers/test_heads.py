import numpy as np
import pytest

from ocr_crnn.layers.heads import FactorisedHead, FlatHead, jamo_indicator

# 가 = ㄱ ㅏ –, 각 = ㄱ ㅏ ㄱ, 힣 = ㅎ ㅣ ㅎ, then a class that is no syllable.
PLACES = [0, 1, 11171, -1]


def fill(layer, frames=(2, 5, 6)):
    layer.build(frames)
    rng = np.random.default_rng(0)
    for variable in layer.variables:
        variable.assign(rng.normal(size=variable.shape))
    return layer, rng.normal(size=frames).astype(np.float32)


def test_indicator_takes_syllables_apart():
    indicator = jamo_indicator(PLACES)
    assert indicator.shape == (4, 19 + 21 + 28)
    assert [np.flatnonzero(row).tolist() for row in indicator] == [[0, 19, 40], [0, 19, 41], [18, 39, 67], []]


def test_every_syllable_has_its_own_letters():
    indicator = jamo_indicator(range(11172))
    assert (indicator.sum(axis=1) == 3).all()
    assert len(np.unique(indicator, axis=0)) == 11172


def test_logit_is_initial_plus_medial_plus_final_plus_residual():
    head, frames = fill(FactorisedHead(PLACES, rank=3))
    logits = np.asarray(head(frames))
    terms = frames @ np.asarray(head.kernel) + np.asarray(head.bias)
    residual = terms[..., 68:] @ np.asarray(head.residual).T + np.asarray(head.class_bias)
    np.testing.assert_allclose(logits[..., 1], terms[..., 0] + terms[..., 19] + terms[..., 41] + residual[..., 1], rtol=1e-4)
    np.testing.assert_allclose(logits[..., 3], residual[..., 3], rtol=1e-4)


@pytest.mark.parametrize(("before", "after"), [(0, 0), (2, 1), (0, 3)])
@pytest.mark.parametrize("shape", [(2, 5, 6), (3, 6), (0, 6)])
def test_a_whole_block_of_syllables_has_the_logits_of_the_table(before, after, shape):
    head, frames = fill(FactorisedHead([-1] * before + list(range(11172)) + [-1] * after, rank=3), shape)
    assert head.block == (before, before + 11172)
    chosen = np.arange(before + 11172 + after)
    assert head(frames).shape == (*shape[:-1], len(chosen))
    np.testing.assert_allclose(np.asarray(head(frames)), np.asarray(head(frames, chosen)), rtol=1e-4, atol=1e-5)


def test_syllables_out_of_order_are_no_block():
    assert FactorisedHead([1, 0, *range(2, 11172)]).block is None


def test_an_untrained_residual_leaves_the_letters_alone():
    head = FactorisedHead(PLACES, rank=3)
    head.build((1, 1, 6))
    assert not np.asarray(head.residual).any()


@pytest.mark.parametrize("head", [FactorisedHead(PLACES, rank=3), FlatHead(4)], ids=["factorised", "flat"])
def test_chosen_classes_are_columns_of_all(head):
    head, frames = fill(head)
    np.testing.assert_allclose(np.asarray(head(frames, np.array([3, 0]))), np.asarray(head(frames))[..., [3, 0]], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("head", [FactorisedHead(PLACES, rank=3), FlatHead(4)], ids=["factorised", "flat"])
def test_config(head):
    head, frames = fill(head)
    again = type(head).from_config(head.get_config())
    again.build(frames.shape)
    again.set_weights(head.get_weights())
    np.testing.assert_array_equal(np.asarray(again(frames)), np.asarray(head(frames)))
    assert head.compute_output_shape(frames.shape) == (2, 5, 4)
