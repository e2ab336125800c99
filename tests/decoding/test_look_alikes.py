# ruff: noqa: E501 — tables of examples read better in long lines.
"""Look-alikes are settled in fields and nowhere else."""

from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr_crnn.alphabet import Alphabet
from ocr_crnn.decoding.beam_search import decode_beams
from ocr_crnn.decoding.grammar import FIELDS
from ocr_crnn.decoding.greedy import decode_greedy
from ocr_crnn.decoding.look_alikes import LOOK_ALIKES, decode_with_fields, settle_look_alikes
from ocr_crnn.synthesis.text.templates import draw_cell, draw_document_line

ALPHABET = Alphabet.korean()


def logits_of(*texts):
    """Logits that show the texts, a character every third frame."""
    logits = np.zeros((len(texts), 3 * max(map(len, texts)) + 1, len(ALPHABET)), np.float32)
    logits[:, :, -1] = 12
    for line, text in enumerate(texts):
        for place, i in enumerate(ALPHABET.encode(text)):
            logits[line, 3 * place + 1, i] = 20
    return logits


def settle(text, decode=decode_greedy):
    return ALPHABET.decode(decode_with_fields(logits_of(text), alphabet=ALPHABET, decode=decode)[0].ids)


@pytest.mark.parametrize(
    ("read", "right"),
    [
        ("1,O00,000원", "1,000,000원"),
        ("계약금액: 1,O00,000원을 지급한다", "계약금액: 1,000,000원을 지급한다"),
        ("2O24.01.3l", "2024.01.31"),
        ("2024년 l월 15일(수)", "2024년 1월 15일(수)"),
        ("전화 O2-123-4S67, 팩스 02-123-4568", "전화 02-123-4567, 팩스 02-123-4568"),
        ("(O10-1234-567B)", "(010-1234-5678)"),
        ("l23-45-67B90", "123-45-67890"),
        ("9001O1-1234567", "900101-1234567"),
        ("1.O00.000원", "1,000,000원"),
        ("2O24–01—31", "2024-01-31"),
        ("W1,000,0OO", "₩1,000,000"),
        ("제출일 2024.01.O5.", "제출일 2024.01.05."),
    ],
)
def test_fields_are_settled(read, right):
    assert settle(read) == right


@pytest.mark.parametrize(
    "read",
    [
        "", "가나다", "SOS", "2O24", "A4", "B5", "Office 365", "model O2-123B", "1,000원", "2024.01.31", "02-123-4567", "12345|", "1,234,567|",
        "OOO-OOOO-1234", "010-****-1234", "010-12○○-5678", "10,000 BOOK", "Q1 2024", "S2024-O1-31", "v1.2O.3456", "AB-2024-O1-31", "B1O-1234@a.kr",
        "1.234 kg", "3.142", "(7.262s vs 16.201s)", "17·18대", "2007·2008년", "9, 11, 12, 14번", "(N, 16, 10, 10)", "3월 11·13·19일", "2024–01—31", "l00 OOO", "제1조 (목적) Il 0",
    ],
)  # fmt: skip
def test_everything_else_stays(read):
    line = decode_greedy(logits_of(read or " "))[0]
    assert settle(read or " ") == (read or " ")
    settled = settle_look_alikes([line], logits_of(read or " "), ALPHABET)[0]
    assert settled is line  # not even copied


@pytest.mark.parametrize(("surer", "right"), [(",", "₩12,340"), (".", "₩12.340")])
def test_network_decides_between_look_alikes_that_both_fit(surer, right):
    logits = logits_of("₩12·34O")
    logits[0, 10, ALPHABET.encode(",.")] = 15
    logits[0, 10, ALPHABET.encode(surer)] = 16
    assert ALPHABET.decode(decode_with_fields(logits, alphabet=ALPHABET)[0].ids) == right


def test_scores_are_those_of_the_network_and_spans_stay():
    logits = logits_of("1,O00,000원")
    logits[0, 7, ALPHABET.encode("0")] = 18
    before, after = decode_greedy(logits)[0], decode_with_fields(logits, alphabet=ALPHABET)[0]
    np.testing.assert_array_equal(before.spans, after.spans)
    np.testing.assert_array_equal(np.delete(before.scores, 2), np.delete(after.scores, 2))
    frame = logits[0, 7].astype(np.float64)
    np.testing.assert_allclose(after.scores[2], 1 / np.exp(frame - 18).sum(), rtol=1e-5)


def test_only_the_fields_asked_for():
    logits = logits_of("2O24.01.31", "1,O00,000원")
    lines = decode_with_fields(logits, alphabet=ALPHABET, fields=("date",))
    assert [ALPHABET.decode(line.ids) for line in lines] == ["2024.01.31", "1,O00,000원"]


def test_documents_read_as_they_are_stay():
    rng = np.random.default_rng(0)
    texts = [text for text in (draw_cell(rng) if number % 2 else draw_document_line(rng) for number in range(400)) if len(text) < 60]
    alphabet = Alphabet.from_texts([*texts, *LOOK_ALIKES], keep=None)
    assert sum(sum(c.isdigit() for c in text) > 3 for text in texts) > 50
    for text in texts:
        logits = np.zeros((1, 2 * len(text) + 1, len(alphabet)), np.float32)
        logits[0, 0::2, -1] = logits[0, 1 + 2 * np.arange(len(text)), alphabet.encode(text)] = 9
        lines = decode_greedy(logits)
        assert settle_look_alikes(lines, logits, alphabet)[0] is lines[0], text


def test_after_a_beam_search():
    assert settle("1,O00,000원", partial(decode_beams, beam_width=4)) == "1,000,000원"


def test_alphabet_without_the_look_alike():
    alphabet = Alphabet("".join(sorted("O123456789,원")))  # no 0
    logits = np.full((1, 20, len(alphabet)), -10.0)
    logits[0, :, -1] = 0
    logits[0, 1:17:2, alphabet.encode("1,O11,11")] = 5
    logits[0, 1:17:2] = np.where(logits[0, 1:17:2] == 5, 5, -10)
    before = decode_greedy(logits)
    assert settle_look_alikes(before, logits, alphabet)[0] is before[0]


@given(st.text(st.sampled_from("0123456789OolISB,.-/ 년월일원₩W()가"), min_size=1, max_size=24))
def test_length_stays_and_only_look_alikes_change(text):
    line = decode_greedy(logits_of(text))[0]
    after = ALPHABET.decode(settle_look_alikes([line], logits_of(text), ALPHABET, tuple(FIELDS))[0].ids)
    assert len(after) == len(text)
    for first, second in zip(text, after, strict=True):
        assert first == second or any(first in group and second in group for group in LOOK_ALIKES)
    again = decode_greedy(logits_of(after))[0]
    assert settle_look_alikes([again], logits_of(after), ALPHABET)[0] is again  # settled once and for all
