import csv
from pathlib import Path

import numpy as np
import pytest
from aihub_fixture import png

from ocr_crnn.data.gt_utility import GTUtility
from ocr_crnn.data.validation import ROWS_PER_KIND, ValidationReport
from ocr_crnn.geometry import boxes_to_quads
from ocr_crnn.page import Page


def line(name, text, font="바탕"):
    return Page(name, (10, 20), boxes_to_quads([(0, 0, 20, 10)]), [text], attributes=[{"font": font}])


@pytest.fixture
def gt():
    return GTUtility([line(f"{index}.png", text) for index, text in enumerate("가나다라마")])


def test_questions(gt):
    photo = Page("p.jpg", (100, 200), boxes_to_quads([(0, 0, 100, 50), (100, 50, 100, 50)]), ["서울", None])
    gt = GTUtility([*gt.pages, photo])
    assert gt.image_names == ["0.png", "1.png", "2.png", "3.png", "4.png", "p.jpg"]
    assert gt.text == [["가"], ["나"], ["다"], ["라"], ["마"], ["서울", None]]
    assert (gt.num_images, gt.num_samples, len(gt), gt.num_objects) == (6, 6, 6, 7)
    assert type(gt.num_objects) is int
    assert gt.data[-1].tolist() == [[0, 0, 0.5, 0, 0.5, 0.5, 0, 0.5, 1], [0.5, 0.5, 1, 0.5, 1, 1, 0.5, 1, 1]]
    assert "7, of which 1 not readable" in str(gt) and "바탕 5" in str(gt)
    assert repr(gt) == "GTUtility(6 images, 7 texts)"


def test_empty():
    empty = GTUtility([])
    assert empty.text == [] and empty.num_objects == 0 and "images" in str(empty)
    assert all(len(half) == 0 for half in empty.split(0.5, seed=1))


def test_split(gt):
    first, second = gt.split(0.6)
    assert type(first) is GTUtility and first.text + second.text == gt.text and len(first) == 3
    shuffled = gt.split(0.6, seed=1)
    assert sorted(shuffled[0].image_names + shuffled[1].image_names) == gt.image_names
    assert shuffled[0].image_names == gt.split(0.6, seed=1)[0].image_names
    assert any(gt.split(0.6, seed=seed)[0].image_names != first.image_names for seed in range(3))
    with pytest.raises(ValueError, match="between 0 and 1. Received: fraction=80"):
        gt.split(80)


def test_subset_filter_merge(gt):
    assert gt.subset(1, 3).text == [["나"], ["다"]]
    assert gt.subset(3).text == [["라"], ["마"]], "the last image is part of it"
    assert gt.subset(0, -1).num_images == 4
    assert gt.filter(lambda page: page.texts[0] > "다").text == [["라"], ["마"]]
    gt.report.add("bad_box", "here")
    merged = gt.subset(0, 1).merge(gt.subset(4))
    assert merged.text == [["가"], ["마"]] and merged.report.counts == {"bad_box": 1}
    other = GTUtility([line("x.png", "하")])
    other.report.add("bad_box", "there")
    assert gt.merge(other).report.counts == {"bad_box": 2} and gt.report.counts == {"bad_box": 1}


def test_samples_and_plot(tmp_path):
    for index in range(3):
        (tmp_path / f"{index}.png").write_bytes(png(value=index))
    gt = GTUtility([line(str(tmp_path / f"{index}.png"), "가") for index in range(3)])
    index, image, data = gt.sample(2)
    assert (index, image.shape, image.max(), data.shape) == (2, (10, 20, 3), 2, (1, 9))
    drawn = {gt.sample(rng=np.random.default_rng(seed))[0] for seed in range(20)}
    assert drawn == {0, 1, 2}
    indices, images, _ = gt.sample_batch([0, 2])
    assert indices == (0, 2) and images[1].max() == 2
    import matplotlib

    matplotlib.use("Agg")
    axes = gt.plot(1)
    assert axes.get_title() == "가"
    photo = Page(str(tmp_path / "0.png"), (10, 20), boxes_to_quads([(1, 1, 5, 5), (8, 1, 5, 5)]), ["가", None])
    axes = GTUtility([photo]).plot(0, axes=axes)
    assert len(axes.patches) == 2
    matplotlib.pyplot.close("all")


def test_report_lists_counts_and_writes(tmp_path):
    report = ValidationReport()
    assert "No problems" in str(report)
    report.add("box_outside", "a.jpg", [1, 2, 3, 4])
    for number in range(ROWS_PER_KIND + 5):
        report.add("image_missing", number)
    lines = str(report).splitlines()
    assert lines[0].split()[:2] == ["10,005", "image_missing"] and lines[1].split()[:2] == ["1", "box_outside"]
    report.write_csv(tmp_path / "r.csv")
    with open(tmp_path / "r.csv", encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    assert rows[:2] == [["kind", "where", "detail"], ["box_outside", "a.jpg", "[1, 2, 3, 4]"]]
    assert rows[-1] == ["image_missing", "", "and 5 more"] and len(rows) == ROWS_PER_KIND + 3
    with pytest.raises(OSError):
        report.write_csv(tmp_path / "absent" / "r.csv")
    assert [path.name for path in tmp_path.iterdir()] == ["r.csv"]


@pytest.mark.parametrize("path", ["./", Path("data")])
def test_a_path_is_answered_with_what_to_call(path):
    with pytest.raises(TypeError, match="read_ground_truth"):
        GTUtility(path)
