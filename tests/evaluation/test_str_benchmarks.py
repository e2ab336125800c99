"""Word accuracy by the protocols of the field: each rule on a label made for it, counts by hand, and published figures beside one's own."""

import numpy as np
import pytest

from ocr_crnn.evaluation.report import print_report, to_html, to_json
from ocr_crnn.evaluation.str_benchmarks import (
    BENCHMARKS,
    GROUPS,
    PROTOCOLS,
    evaluate_by_all_protocols,
    evaluate_words,
    find_benchmark,
    fold_label,
    fold_reading,
)

IMAGE = np.zeros((4, 4, 1), np.uint8)


def test_the_character_sets():
    assert {name: len(characters) for name, characters in PROTOCOLS.items()} == {"36": 36, "62": 62, "94": 94}
    assert all(len(set(characters)) == len(characters) and characters.isascii() for characters in PROTOCOLS.values())


@pytest.mark.parametrize(
    ("label", "in_36", "in_62", "in_94"),
    [
        ("Hello", "hello", "Hello", "Hello"),
        ("it's  £5!", "its5", "its5", "it's5!"),
        ("Café №1", "cafeno1", "CafeNo1", "CafeNo1"),  # decomposed: the accent is dropped, № is No
        ("ｆｕｌｌ①", "full1", "full1", "full1"),
        ("제1조", "1", "1", "1"),
        ("계약", None, None, None),
        ("!?", None, None, "!?"),
        ("a" * 25, "a" * 25, "a" * 25, "a" * 25),
        ("a" * 26, None, None, None),
        ("a" * 20 + " " * 9 + "b", "a" * 20 + "b", "a" * 20 + "b", "a" * 20 + "b"),  # spaces go before it is counted
        ("a" * 20 + "!" * 6, None, None, "long"),  # what the protocol lacks does not
        ("", None, None, None),
    ],
)
def test_labels(label, in_36, in_62, in_94):
    if in_94 == "long":
        assert [fold_label(label, protocol) for protocol in PROTOCOLS] == [(None, "too_long")] * 3
        return
    assert [fold_label(label, protocol)[0] for protocol in PROTOCOLS] == [in_36, in_62, in_94]


def test_readings_are_not_decomposed():
    assert fold_reading("Café (1) 가", "36") == "caf1" and fold_reading("Café (1) 가", "94") == "Caf(1)" and fold_reading(None, "62") == ""


def test_folders_of_the_field():
    folders = ("IIIT5k_3000", "SVT", "ic13_857", "IC15-2077", "CUTE80", "COCOv1.4", "ArT", "Uber")
    found = [find_benchmark(f"data/test/{folder}").name for folder in folders]
    assert found == ["IIIT5k", "SVT", "IC13_857", "IC15_2077", "CUTE80", "COCOv1.4", "ArT", "Uber"]
    assert [find_benchmark(name) for name in ("IC13", "IC15", "test/SVT/extra", "words", "")] == [None] * 5
    names = [benchmark.name for benchmark in BENCHMARKS]
    assert len({folder for benchmark in BENCHMARKS for folder in benchmark.folders}) == sum(len(b.folders) for b in BENCHMARKS)
    assert all(set(group) <= set(names) for group in GROUPS.values())


def evaluate(words, protocol="36"):
    """words: `(set, label, reading)`."""
    readings = iter([reading for _, label, reading in words if fold_label(label, protocol)[0]])
    samples = [(IMAGE, label, {"set": folder}) for folder, label, _ in words]
    return evaluate_words(lambda images: [next(readings) for _ in images], samples, protocol)


def test_means_with_and_without_weights():
    words = [("a/SVT", "One", "one"), ("a/SVT", "Two", "Tw0"), ("a/SVT", "Three", "three."), ("a/mine", "x", "y")]
    report = evaluate([*words, ("a/mine", "한글", "한글"), ("a/mine", "b" * 26, "")])
    svt, mine = report.slices["set"]["SVT"], report.slices["set"]["a/mine"]
    assert (svt["words"], svt["accuracy"], svt["parseq"], svt["clip4str"]) == (3, pytest.approx(2 / 3), 0.9784, 0.9830)
    assert svt["one_minus_ned"] == pytest.approx(1 - 1 / 9)
    assert (mine["words"], mine["accuracy"], mine["too_long"], mine["nothing_left"], mine["parseq"]) == (1, 0, 1, 1, None)
    assert report.measures["accuracy"] == pytest.approx(2 / 4) and report.measures["mean_of_sets"] == pytest.approx(1 / 3)
    assert report.measures["sets"] == 2 and "parseq" not in report.measures
    assert any("SVT has 647 words as it is published. Received: 3" in note for note in report.notes)
    print_report(report)
    assert "0.9784" in to_html(report) and '"parseq": null' in to_json(report)
    cased = evaluate(words[:3], "62")
    assert cased.measures["accuracy"] == 0 and cased.slices["set"]["SVT"]["parseq"] is None


def test_the_published_means_are_those_of_the_published_sets():
    """PARSeq's read-me gives 95.95 for its six sets of 7,672 words."""
    report = evaluate([(name, "a", "a") for name in GROUPS["six sets, in full"]])
    together = report.slices["sets together"]["six sets, in full"]
    assert (together["words"], together["accuracy"], together["mean_of_sets"]) == (6, 1, 1)
    assert round(together["parseq"], 4) == 0.9595 and together["clip4str"] == pytest.approx(7403.0 / 7672, abs=1e-5)  # words right by hand


def test_words_of_two_sets_count_once():
    report = evaluate([("IC13_857", "a", "a"), ("IC13_1015", "a", "a"), ("IC13_1015", "b", "a")])
    assert report.measures["words"] == 2 and report.measures["sets"] == 1 and "IC13_857" in report.slices["set"]


def test_all_protocols_read_each_word_once():
    words = [("SVT", "One!", "One!"), ("SVT", "Two", "two"), ("x", "!", "!"), ("x", "한", "한"), ("x", None, "c"), ("SVT", "d", "")]
    samples = [(None if label == "d" else IMAGE, label, {"set": folder}) for folder, label, _ in words]
    left = [reading for _, label, reading in words if label not in (None, "d")]
    report = evaluate_by_all_protocols(lambda images: [left.pop(0) for _ in images], samples, "mine")
    assert left == [] and report.title == "mine · 36, 62, 94 characters"
    # One and Two in 36; in 62 the case of Two is wrong; in 94 there is ! too.
    assert [report.measures[f"words_{protocol}"] for protocol in PROTOCOLS] == [2, 2, 3]
    assert [report.measures[f"accuracy_{protocol}"] for protocol in PROTOCOLS] == [1, 1 / 2, pytest.approx(2 / 3)]
    assert [report.measures[f"nothing_left_{protocol}"] for protocol in PROTOCOLS] == [2, 2, 1]
    assert report.slices["set in 36"]["SVT"]["parseq"] == 0.9784 and report.slices["set in 94"]["x"]["words"] == 1
    assert "1 samples without a readable image were left out." in report.notes and len(report.rows) == 3
    print_report(report)
    assert "in 62 characters" in to_json(report) and "set in 62" in to_html(report)
    report = evaluate_by_all_protocols(lambda images: ["!"] * len(images), [(IMAGE, "!", {})])
    assert list(report.slices) == ["set in 94"] and sum("0123456789" in note and "no word" in note for note in report.notes) == 2
    with pytest.raises(ValueError, match="no word with one"):
        evaluate_by_all_protocols(lambda images: ["한"] * len(images), [(IMAGE, "한", {})])


def test_what_cannot_be_compared():
    with pytest.raises(ValueError, match=r"no word with one.*2 nothing left"):
        evaluate([("x", "한글", "한글"), ("x", "!", "!")], "62")
    with pytest.raises(ValueError, match=r"0 nothing left; 1 samples without a readable image were left out"):
        evaluate_words(lambda images: [], [(None, "b", {})], "62")
    with pytest.raises(ValueError, match="A protocol is one of 36, 62, 94"):
        evaluate([], "37")
    report = evaluate_words(lambda images: ["a"] * len(images), [(IMAGE, "a", None), (IMAGE, None, {}), (None, "b", {})], "36")
    assert report.measures["words"] == 1 and list(report.slices["set"]) == ["(no set)"] and len(report.notes) == 3
