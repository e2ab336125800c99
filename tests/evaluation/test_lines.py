"""The parts of `evaluate_lines`; the whole is tested in test_report.py."""

import numpy as np
import pytest

from ocr_crnn.evaluation.lines import evaluate_lines, read_batch, slice_keys


def test_a_reader_returns_one_reading_an_image():
    assert read_batch(lambda images: (str(image) for image in images), [1, 2]) == ["1", "2"]
    with pytest.raises(ValueError, match="Received: 1 readings of 2 images"):
        read_batch(lambda images: ["a"], [1, 2])


def test_what_is_worth_slicing_by():
    attributes = [{"font": "a", "file": str(n), "kind": "word", "box": [n]} for n in range(3)]
    attributes += [{"font": "b", "file": "3", "kind": "word"}]
    assert slice_keys(attributes, 3) == {"font": ["a", "a", "a", "b"]}, "one value, too many values, and values that are no plain ones"
    assert slice_keys([{"font": "a"}, {}], 3) == {"font": ["a", None]}


def test_samples_left_out_are_counted_and_the_worst_kept():
    image = np.zeros((4, 4), np.uint8)
    samples = [(image, "가나", {}), (image, "다라", {}), (image, None, {}), (None, "마", {})]
    report = evaluate_lines(lambda images: ["가나", "바사"][: len(images)], samples, worst=5)
    assert [row["distance"] for row in report.rows] == [0, 2] and len(report.examples) == 1
    assert report.notes == ["1 samples without a readable truth were left out.", "1 samples without a readable image were left out."]
