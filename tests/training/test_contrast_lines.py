import numpy as np
import pytest
from PIL import Image

from ocr_crnn.training.contrast_lines import ContrastLines, PageLines, contrast_dataset, iterate_batches


def blots(width, height=32, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (height, width), np.uint8)


@pytest.fixture
def pages(tmp_path):
    """Two pages of two lines each, a broken one, and a file of another kind."""
    for name in ("a", "b"):
        page = np.full((120, 200), 255, np.uint8)
        page[10:42, 5:105], page[60:92, 5:85] = blots(100), blots(80)
        Image.fromarray(page).save(tmp_path / f"{name}.png")
    (tmp_path / "broken.png").write_bytes(b"no image")
    (tmp_path / "notes.txt").write_text("page")
    return tmp_path


def crop(page):
    assert page.shape == (120, 200, 3)
    return [page[10:42, 5:105, 0], page[60:92, 5:85, 0]]


def test_lines_of_pages_and_what_was_not_used(pages):
    lines = PageLines([pages], crop, widest=90)
    assert [lines.line(number).shape for number in range(len(lines.paths))] == [(32, 80), (32, 80)]
    assert lines.report.counts == {"too_wide": 2, "image_unreadable": 1, "no_file": 1}
    assert lines.paths[0].endswith("a.png#1") and lines.report.facts == {"lines_of_pages": 2}


def test_upright_texts_are_counted(pages):
    report = PageLines([pages], lambda page: [None, *crop(page)]).report
    assert report.counts["upright_text"] == 2 and report.facts == {"lines_of_pages": 4}


def test_lines_beyond_the_memory_are_counted(pages):
    assert PageLines([pages], crop, most_bytes=32 * 100).report.counts["beyond_memory"] == 3


def test_short_lines_are_left_out_and_counted(pages):
    source = PageLines([pages], crop)
    lines = ContrastLines((source,), narrowest=81)
    assert len(lines) == 2 and source.report.counts["too_small"] == 2


def test_one_line_is_told_from_nothing(pages):
    with pytest.raises(ValueError, match=r"at least two, of 101 px or more. Received: 0. Name more lines without labels, or"):
        ContrastLines((PageLines([pages], crop),), narrowest=101)


def test_batches_hold_a_line_once_and_at_least_two_and_are_numbered(pages):
    lines = ContrastLines((PageLines([pages], crop),), seed=3)
    batches = iterate_batches(lines, 50)
    first = [next(batches) for _ in range(18)]
    for inputs, outputs in first:
        assert 2 <= len(outputs) == len(inputs["width"]) == len(inputs["other_width"]) <= 4
        assert inputs["image"].shape == inputs["other_image"].shape and (inputs["image"] != inputs["other_image"]).any()
        ratio = inputs["other_width"] / inputs["width"]
        assert ratio.min() > 0.95 / 1.06 and ratio.max() < 1.06 / 0.95
    again, _ = next(iterate_batches(lines, 50, first=17))
    for name, values in first[17][0].items():
        np.testing.assert_array_equal(again[name], values)
    inputs, outputs = next(iter(contrast_dataset(lines, 50)))
    np.testing.assert_array_equal(inputs["image"], first[0][0]["image"])
