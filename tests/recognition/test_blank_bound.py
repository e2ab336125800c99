from pathlib import Path

import numpy as np
import pytest
from keras import ops

from ocr_crnn.alphabet import Alphabet, hanja
from ocr_crnn.layers.heads import FactorisedHead, FlatHead
from ocr_crnn.reading.loading import load_recognizer
from ocr_crnn.recognition.attention_ctc import syllable_places
from ocr_crnn.recognition.blank_bound import SAFE, SYMBOL_GROUPS, BlankBound
from ocr_crnn.recognition.recognizer import load_line

ROOT = Path(__file__).parents[2]

ALPHABET = Alphabet("01 가각간나낙난다닥단라락란마막만")
FRAMES = np.random.default_rng(1).normal(0, 1, (500, 8)).astype(np.float32)


def make_head(alphabet, blank=0.0, seed=0, spread=0.5):
    """A head whose weights are drawn; `blank` is added to the bias of the blank."""
    head = FactorisedHead(syllable_places(alphabet), rank=4)
    head.build((None, None, 8))
    rng = np.random.default_rng(seed)
    for variable in head.variables:
        variable.assign(rng.normal(0, spread, variable.shape))
    head.class_bias.assign(ops.convert_to_numpy(head.class_bias) + blank * np.eye(len(alphabet))[-1])
    return head


SMALL, LARGE = [ALPHABET, Alphabet("가힣"), Alphabet("0123")], [Alphabet.korean(), Alphabet.korean(with_hanja=True)]
ROWS = [(alphabet, blank) for alphabet in SMALL for blank in (-30.0, 0.0, 3.0, 6.0)]
ROWS += [(alphabet, blank) for alphabet in LARGE for blank in (3.0, 6.0)]  # below, hardly a frame of theirs is blank


@pytest.mark.parametrize(("alphabet", "blank"), ROWS, ids=lambda of: of if isinstance(of, float) else len(of))
def test_the_bound_is_never_wrong(alphabet, blank):
    head = make_head(alphabet, blank)
    best = ops.convert_to_numpy(head(FRAMES)).argmax(axis=-1)
    sure = ops.convert_to_numpy(BlankBound(head)(FRAMES))
    assert sure.shape == (500,) and sure.dtype == bool
    assert np.all(best[sure] == len(alphabet) - 1)


def test_symbols_alone_are_bounded_exactly():
    head = make_head(Alphabet("0123"), blank=1.0)
    logits = ops.convert_to_numpy(head(FRAMES))
    lead = logits[:, -1] - logits[:, :-1].max(axis=-1)
    np.testing.assert_array_equal(ops.convert_to_numpy(BlankBound(head)(FRAMES)), lead > SAFE)


def test_thousands_of_symbols_are_bounded_by_groups():
    alphabet = Alphabet(hanja())
    head = make_head(alphabet, blank=20.0)
    rng = np.random.default_rng(3)
    head.residual.assign(rng.normal(0, 1, (300, 4))[np.arange(len(alphabet)) % 300] + rng.normal(0, 1e-3, (len(alphabet), 4)))
    bound = BlankBound(head)
    assert bound.table.shape[1] == 68 + SYMBOL_GROUPS + 1
    logits = ops.convert_to_numpy(head(FRAMES))
    lead = logits[:, -1] - logits[:, :-1].max(axis=-1)
    sure = ops.convert_to_numpy(bound(FRAMES))
    assert (lead[sure] > 0).all() and 20 < (lead > 4).sum() < 480
    assert sure[lead > 4].mean() > 0.9


def test_a_residual_that_is_a_sum_over_jamo_costs_nothing():
    head = make_head(ALPHABET, blank=1.0)
    drawn = np.random.default_rng(2).normal(0, 1, (68, 5)).astype(np.float32)
    head.residual.assign(head.indicator @ drawn[:, :4])
    head.class_bias.assign(head.indicator @ drawn[:, 4] + np.eye(len(ALPHABET))[-1])
    bound = BlankBound(head)
    rests = bound.table[68:, 68 : 68 + bound.rests]
    np.testing.assert_allclose(rests, 0, atol=1e-4)
    np.testing.assert_allclose(bound.radii, 0, atol=1e-4)


def test_a_flat_head_has_no_jamo():
    with pytest.raises(TypeError, match="Received: FlatHead"):
        BlankBound(FlatHead(5))


def test_the_shipped_file_tells_most_blank_frames():
    engine = load_recognizer("attention_ctc_ko").engine
    lines = [engine.fit_line(load_line(path)) for path in sorted((ROOT / "data" / "sample_lines" / "sentence").glob("*.png"))[:4]]
    frames = np.concatenate([engine.read_frames(line.T[..., None], line.shape[1]) for line in lines])
    with engine.head.hold() as signatures:
        best = signatures["logits"](frames=frames)["logits"].argmax(axis=-1)
        sure = signatures["blank"](frames=frames)["blank"] > 0
    assert (best[sure] == engine.blank).all()
    assert sure.sum() > 0.9 * (best == engine.blank).sum() > 0
