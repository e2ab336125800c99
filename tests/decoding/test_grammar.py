# ruff: noqa: E501 — tables of examples read better in long lines.
"""Fields of documents: what they accept, and beam search held to them."""

from functools import partial

import numpy as np
import pytest

from ocr_crnn.alphabet import ASCII, Alphabet
from ocr_crnn.decoding.beam_search import decode_beams
from ocr_crnn.decoding.grammar import FIELDS, FieldGrammar, Repeat, accepts, advance, begin, is_final
from ocr_crnn.decoding.greedy import decode_greedy

ALPHABET = Alphabet("".join(sorted(set(ASCII + "년월일원정금천만백억₩￦"))))


@pytest.mark.parametrize(
    ("field", "texts"),
    {
        "amount": "0 500 1,000원 1,234,567 12,345,678원 ₩1,000 ￦ 25,000 금 1,000원정 일금 1,000,000원 -1,200 △300 1,234.5천원 3만원 1234567 $1,234.50 ₩5,000-",
        "date": "2024년 1월 31일|2024년1월31일|2024년 12월|2024. 1. 31.|2024.01.31|'24.1.5|2024-01-31|2024/12/09|2024. 1. 31.(수)|24.01.31",
        "phone": "02-123-4567 010-1234-5678 (02)123-4567 031)123-4567 070.1234.5678 +82-10-1234-5678 1588-0000 063-0123-4567",
        "resident_number": "900101-1234567 900101-2****** 001231-3XXXXXX",
        "business_number": "123-45-67890",
    }.items(),
)
def test_accepts_whole_fields(field, texts):
    # Spaces part the examples, unless they belong to the field.
    whole = texts.split("|") if "|" in texts else texts.replace("￦ ", "￦_").replace("금 ", "금_").split()
    for text in whole:
        assert accepts(field, text.replace("_", " ")), text


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("amount", ""), ("amount", "1,O00원"), ("amount", "1,00원"), ("amount", "1,000,"), ("amount", "l,000"), ("amount", "0,123"), ("amount", "원"), ("amount", "1,0000"),
        ("date", "2024-13-01"), ("date", "2024-02-32"), ("date", "2024-1"), ("date", "2024.00.01"), ("date", "2O24.01.31"), ("date", "2024-01/31"),
        ("phone", "O2-123-4567"), ("phone", "02-12-4567"), ("phone", "010-1234-567"), ("phone", "012-1234-5678"),
        ("resident_number", "900101-12345"), ("resident_number", "900101-1***"), ("business_number", "123-456-7890"), ("business_number", "l23-45-67890"),
    ],
)  # fmt: skip
def test_refuses_others(field, text):
    assert not accepts(field, text)


def test_every_prefix_of_a_field_can_go_on():
    for field, text in (("amount", "일금 1,234,567원정"), ("date", "2024. 11. 30.(토)"), ("phone", "+82-10-0123-4567")):
        state = begin(field)
        for character in text:
            state = advance(state, character)
            assert state
        assert is_final(state)


def test_own_patterns():
    pattern = ("AB", Repeat(("-", "0123456789")))
    assert accepts(pattern, "A") and accepts(pattern, "B-1-2")
    assert not accepts(pattern, "A-") and not accepts(pattern, "AB")
    assert accepts((), "") and not accepts((), "A")


def test_unknown_field():
    with pytest.raises(ValueError, match="amount, date, phone.*Received: 'address'"):
        begin("address")


def logits_of(text, second, lead=1.0):
    """Frames that show `text`, each character beside the one of `second` at the same place, which is `lead` nats less probable."""
    logits = np.full((1, 2 * len(text), len(ALPHABET)), -10.0)
    logits[0, 1::2, -1] = 5
    for frame, (first, other) in enumerate(zip(text, second, strict=True)):
        logits[0, 2 * frame, ALPHABET.encode(first)] = 5
        if other != first:
            logits[0, 2 * frame, ALPHABET.encode(other)] = 5 - lead
    return logits


@pytest.mark.parametrize(
    ("field", "read", "right"),
    [
        ("amount", "l,OO0,00O원", "1,000,000원"),
        ("date", "2O24-l3-3I", "2024-12-31"),
        ("phone", "O10-I234-567B", "010-1234-5678"),
        ("business_number", "l23-4S-67B9O", "123-45-67890"),
        ("resident_number", "9OO1O1-lZ34567", "900101-1234567"),
    ],
)
def test_search_keeps_to_the_field(field, read, right):
    logits = logits_of(read, right)
    assert ALPHABET.decode(decode_greedy(logits)[0].ids) == read
    search = partial(decode_beams, language_model=FieldGrammar(field, ALPHABET), top_k=30)
    assert ALPHABET.decode(search(logits)[0].ids) == right
    assert ALPHABET.decode(search(logits, weight=0.0)[0].ids) == right


def test_language_model_chooses_among_what_is_allowed():
    def prefers_nines(prefixes, candidates):
        return np.where(np.isin(candidates, ALPHABET.encode("9x")), 0.0, -8.0)

    logits = logits_of("1x", "9x")
    logits[0, 2, ALPHABET.encode("5")] = 4
    read = decode_beams(logits, language_model=FieldGrammar("amount", ALPHABET, prefers_nines), weight=1.0, top_k=30)
    assert ALPHABET.decode(read[0].ids)[0] == "9" and "x" not in ALPHABET.decode(read[0].ids)


def test_shape_of_no_prefixes():
    assert FieldGrammar("date", ALPHABET)([], np.zeros((0, 4), int)).shape == (0, 4)


@pytest.mark.parametrize("field", FIELDS)
def test_noise_gives_the_beginning_of_a_field(field):
    logits = np.random.default_rng(0).normal(size=(4, 30, len(ALPHABET))) * 3
    for line in decode_beams(logits, language_model=FieldGrammar(field, ALPHABET), top_k=30):
        state = begin(field)
        for character in ALPHABET.decode(line.ids):
            state = advance(state, character)
        assert state
