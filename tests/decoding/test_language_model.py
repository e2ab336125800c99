"""The n-gram model: worked-out probabilities, sums of 1, files, and its part in a beam search."""

from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from ocr_crnn.alphabet import Alphabet, UnknownCharacterError
from ocr_crnn.cli import app
from ocr_crnn.decoding.beam_search import decode_beams
from ocr_crnn.decoding.greedy import decode_greedy
from ocr_crnn.decoding.language_model import LanguageModel, NGrams, train_ngrams

TEXTS = [
    "본 계약은 갑과 을의 합의로 해지한다.",
    "갑은 을에게 대금 1,000원을 지급한다.",
    "을은 갑에게 물품을 인도한다.",
    "2024. 1. 31. 계약을 체결한다.",
]
ALPHABET = Alphabet.from_texts(TEXTS + ["뷁힣"])


def probabilities_after(model, prefix):
    """Probability of every character of the alphabet after a text."""
    ids = np.arange(len(model.alphabet.characters))[None]
    return np.exp(model([tuple(model.alphabet.encode(prefix).tolist())], ids))[0]


def test_worked_out():
    """Texts "ab", "ab", "ac": bigrams ab twice, ac once; too few for estimated discounts, so 0.5 once and 1 twice.

    Single characters count how many different things they follow: a one (the beginning), b one (a), c one (a).
    """
    model = LanguageModel(train_ngrams(["ab", "ac", "ab"], order=2), Alphabet("abcd"))
    single = dict.fromkeys("abc", (1 - 0.5) / 3 + 0.5 * 1 / 4) | {"d": 0.5 * 1 / 4}
    np.testing.assert_allclose(probabilities_after(model, ""), [single[c] for c in "abcd"], rtol=1e-3)
    backoff = 1.5 / 3
    expected = [backoff * single["a"], 1 / 3 + backoff * single["b"], 0.5 / 3 + backoff * single["c"], backoff * single["d"]]
    np.testing.assert_allclose(probabilities_after(model, "a"), expected, rtol=1e-3)
    # Nothing was seen after b, so it says nothing; of a longer text the last character counts.
    np.testing.assert_allclose(probabilities_after(model, "b"), probabilities_after(model, ""))
    np.testing.assert_allclose(probabilities_after(model, "dca"), probabilities_after(model, "a"))


def test_discounts_of_chen_and_goodman():
    # One context, a, with 4 followers seen once, 2 twice, 2 three times, 1 four times: y = 4 / (4 + 2 · 2) = 1/2, so the discounts
    # are 1 − 2 · y · 2/4 = 0.5, 2 − 3 · y · 2/2 = 0.5 and 3 − 4 · y · 1/2 = 2.
    counts = dict(zip("bcdefghij", (1, 1, 1, 1, 2, 2, 3, 3, 4), strict=True))
    grams = train_ngrams(["a" + c for c, n in counts.items() for _ in range(n)], order=2)
    shares = np.exp(grams.log_shares[1].astype(float))
    np.testing.assert_allclose(shares * 18, [0.5] * 4 + [1.5] * 2 + [1, 1, 2], rtol=2e-3)


@pytest.mark.parametrize("min_count", [1, 2])
@pytest.mark.parametrize("order", [1, 2, 3, 5])
@pytest.mark.parametrize("characters", [ALPHABET.characters, "갑을 과x", "xyz"])
def test_sums_to_one_and_nothing_is_impossible(order, min_count, characters):
    model = LanguageModel(train_ngrams(TEXTS, order, min_count), Alphabet(characters))
    for prefix in ("", characters[0], characters[:3], characters[1:] * 3):
        values = probabilities_after(model, prefix)
        np.testing.assert_allclose(values.sum(), 1, rtol=1e-9)
        assert (values > 0).all()


@settings(deadline=None, max_examples=40)
@given(st.lists(st.text(st.sampled_from("ab1 가"), max_size=8), max_size=6), st.text(st.sampled_from("ab1 가뷁"), max_size=6))
def test_sums_to_one_for_any_corpus(texts, prefix):
    if not "".join(texts).strip():
        with pytest.raises(ValueError, match="Received: 0 lines"):
            train_ngrams(texts)
        return
    values = probabilities_after(LanguageModel(train_ngrams(texts, order=3), Alphabet("ab129 가뷁")), prefix)
    np.testing.assert_allclose(values.sum(), 1, rtol=1e-9)
    assert (values > 0).all()


def test_digits_are_alike():
    model = LanguageModel(train_ngrams(["2024년 11월 11일", "1,000,000원"]), Alphabet.from_texts(["년월일원"]))
    for prefix in ("", "20", "1,0", "11월 "):
        values = probabilities_after(model, prefix)[model.alphabet.encode("0123456789")]
        assert np.ptp(values) == 0
    assert model.log_probability("7,531원") > model.log_probability("7,53원") + model.log_probability("1")
    assert model.log_probability("98월") == pytest.approx(model.log_probability("11월"))


def test_seen_text_is_more_probable():
    model = LanguageModel(train_ngrams(TEXTS), ALPHABET)
    assert model.log_probability("계약을 체결한다.") > model.log_probability("계악을 체걸한다.".replace("악", "인").replace("걸", "금"))
    assert model.log_probability("") == 0
    with pytest.raises(UnknownCharacterError):
        model.log_probability("Ω")


def test_batches_do_not_matter():
    model, ids = LanguageModel(train_ngrams(TEXTS), ALPHABET), ALPHABET.encode(TEXTS[0]).tolist()
    prefixes = [tuple(ids[:n]) for n in (0, 1, 7, 3, 12)]
    candidates = np.random.default_rng(0).integers(len(ALPHABET) - 1, size=(5, 6))
    together = model(prefixes, candidates)
    assert together.shape == (5, 6)
    for row, prefix in enumerate(prefixes):
        np.testing.assert_array_equal(model([prefix], candidates[row : row + 1])[0], together[row])
    assert model([], np.zeros((0, 6), int)).shape == (0, 6)


def test_order_and_spelling_of_the_texts_do_not_matter():
    first = train_ngrams(TEXTS)
    second = train_ngrams([" 갑은  을에게\t대금 9,876원을 지급한다.\n", "", *(TEXTS[i] for i in (3, 2, 0))])
    third = train_ngrams([t.replace("갑", "\u1100\u1161\u11b8") for t in TEXTS])
    for other in (second, third):
        assert first.characters == other.characters
        for ours, theirs in zip(first.keys + first.log_shares, other.keys + other.log_shares, strict=True):
            np.testing.assert_array_equal(ours, theirs)


def test_file(tmp_path):
    grams = train_ngrams(TEXTS, order=4)
    grams.save(tmp_path / "model.lm")
    assert [path.name for path in tmp_path.iterdir()] == ["model.lm"]
    before, after = LanguageModel(grams, ALPHABET), LanguageModel.load(tmp_path / "model.lm", ALPHABET)
    assert before.log_probability(TEXTS[2]) == after.log_probability(TEXTS[2])
    assert after.order == 4 and after.ngram_counts == before.ngram_counts
    first = (tmp_path / "model.lm").read_bytes()
    grams.save(tmp_path / "model.lm")
    assert (tmp_path / "model.lm").read_bytes() == first


@pytest.mark.parametrize("content", [b"", b"no model", b"PK\x03\x04"])
def test_damaged_file(tmp_path, content):
    (tmp_path / "model.npz").write_bytes(content)
    with pytest.raises(ValueError, match="Received: .*model.npz"):
        NGrams.load(tmp_path / "model.npz")


def test_another_npz_and_no_file(tmp_path):
    np.savez(tmp_path / "model.npz", weights=np.zeros(3))
    with pytest.raises(ValueError, match="Received: .*model.npz"):
        NGrams.load(tmp_path / "model.npz")
    with pytest.raises(FileNotFoundError):
        NGrams.load(tmp_path / "nothing.npz")


def parts(**changes):
    """The arrays of a language model of two orders, some of them others; None is absent."""
    half = np.log(np.array([0.5, 0.25], np.float16))
    arrays = {"schema": np.array("ocr_crnn/ngrams/1"), "characters": np.array([97, 98], np.int32), "keys_1": np.array([1, 1]),
              "log_shares_1": half, "keys_2": np.array([4, 4]), "log_shares_2": half}  # fmt: skip
    return {name: array for name, array in (arrays | changes).items() if array is not None}


def test_the_parts_are_a_model(tmp_path):
    np.savez(tmp_path / "m.npz", **parts())
    assert NGrams.load(tmp_path / "m.npz").keys[1].tolist() == [4, 8]
    assert np.isfinite(LanguageModel.load(tmp_path / "m.npz", ALPHABET).log_probability("계약"))


@pytest.mark.parametrize(
    "changes",
    [
        {"keys_1": None}, {"log_shares_2": None}, {"schema": None}, {"extra": np.zeros(2)}, {"schema": np.array("x")},
        {"schema": np.array(5)},
        {"schema": np.array(["ocr_crnn/ngrams/1"])}, {"characters": np.array([98, 97])}, {"characters": np.array([97, 97])},
        {"characters": np.array([0xD800, 0xD801])}, {"characters": np.array([1 << 30])}, {"characters": np.array([-1, 4])},
        {"characters": np.arange(1, 40_000).astype(np.float32)}, {"keys_1": np.array([1])}, {"keys_1": np.array([1, 2, 3])},
        {"keys_1": np.array([1, 0])}, {"keys_1": np.array([1, 2])}, {"keys_1": np.array([-1, 2])}, {"keys_1": np.array([2**62, 2**62])},
        {"keys_1": np.array([1.0, 1.0])}, {"keys_1": np.array(1)}, {"log_shares_1": np.array([np.nan, -1], np.float16)},
        {"log_shares_1": np.array([-np.inf, -1], np.float16)}, {"log_shares_1": np.array([0.5, -1], np.float16)},
        {"log_shares_1": np.array([[-1, -1]], np.float16)}, {"keys_1": np.array(["a", "b"])}, {"keys_1": np.array([1, 1], object)},
    ],
)  # fmt: skip
def test_a_model_whose_parts_do_not_fit(tmp_path, changes):
    np.savez(tmp_path / "m.npz", **parts(**changes))
    with pytest.raises(ValueError, match=r"is a file of .* Received: .*m\.npz: .* Write it: ocr-crnn language-model"):
        NGrams.load(tmp_path / "m.npz")


def test_failed_write_leaves_nothing(tmp_path, monkeypatch):
    def full_disk(stream, **arrays):
        stream.write(b"half")
        raise OSError("No space left on device")

    monkeypatch.setattr(np, "savez_compressed", full_disk)
    with pytest.raises(OSError, match="No space"):
        train_ngrams(TEXTS).save(tmp_path / "model.npz")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("arguments", [{"order": 0}, {"min_count": 0}, {"order": 14}])
def test_wrong_arguments(arguments):
    with pytest.raises(ValueError, match="Received: 4 lines"):
        train_ngrams(TEXTS, **arguments)


def test_beam_search_reads_what_is_said():
    model = LanguageModel(train_ngrams(TEXTS), ALPHABET)
    logits = np.full((1, 12, len(ALPHABET)), -10.0)
    logits[0, :, -1] = 5
    for frame, (right, wrong) in enumerate(zip("계약을 ", "계뷁을 ", strict=True)):
        logits[0, 3 * frame, -1] = -10
        logits[0, 3 * frame, ALPHABET.encode(right)] = 4
        logits[0, 3 * frame, ALPHABET.encode(wrong)] = 5
    assert ALPHABET.decode(decode_greedy(logits)[0].ids) == "계뷁을 "
    search = partial(decode_beams, language_model=model)
    assert ALPHABET.decode(search(logits, weight=0.0)[0].ids) == "계뷁을 "
    assert ALPHABET.decode(search(logits, weight=0.5)[0].ids) == "계약을 "


def test_command(tmp_path):
    (tmp_path / "corpus.txt").write_text("\n".join(TEXTS), encoding="utf-8")
    command = ["language-model", "--corpus", str(tmp_path), "--order", "3", "--out"]
    result = CliRunner().invoke(app, [*command, str(tmp_path / "korean.npz"), "--document-lines", "0"])
    assert result.exit_code == 0 and "4 lines" in result.output
    model = LanguageModel.load(tmp_path / "korean.npz", ALPHABET)
    assert model.log_probability(TEXTS[0]) == LanguageModel(train_ngrams(TEXTS, order=3), ALPHABET).log_probability(TEXTS[0])
    result = CliRunner().invoke(app, [*command, str(tmp_path / "documents.npz"), "--document-lines", "300"])
    assert result.exit_code == 0 and "304 lines" in result.output
    assert LanguageModel.load(tmp_path / "documents.npz", ALPHABET).log_probability("(원)") > model.log_probability("(원)")


def test_command_fails_in_words(tmp_path):
    (tmp_path / "corpus.txt").write_bytes("가나다".encode("cp949"))
    for arguments, said in (
        (["--corpus", str(tmp_path / "none.txt"), "--out", str(tmp_path / "a.npz")], "none.txt"),
        (["--corpus", str(tmp_path / "corpus.txt"), "--out", str(tmp_path / "a.npz")], "UTF-8"),
        (["--corpus", __file__, "--out", str(tmp_path / "no" / "a.npz")], "folder"),
    ):
        result = CliRunner().invoke(app, ["language-model", *arguments])
        assert result.exit_code == 1 and said in result.output
    assert [path.name for path in tmp_path.iterdir()] == ["corpus.txt"]
