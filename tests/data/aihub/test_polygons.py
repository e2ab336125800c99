import numpy as np
import pytest
from aihub_sets import FAKES, HEIGHT, WIDTH
from hypothesis import given
from hypothesis import strategies as st

from ocr_crnn.data.aihub import WrongDataSetError, read_aihub_finance_documents, read_aihub_packaging
from ocr_crnn.data.aihub.rows import point_corners
from ocr_crnn.data.annotations.writing import Writer
from ocr_crnn.data.ground_truth import read_ground_truth
from ocr_crnn.data.samples import read_page_image
from ocr_crnn.data.validation import ValidationReport, check_images


def polygons(change):
    return lambda document: document | {"annotations": [{"polygons": change(document["annotations"][0]["polygons"])}]}


def first(**values):
    return polygons(lambda rows: [rows[0] | values, *rows[1:]])


QUIRKS = {
    "types": (first(type=0), [None, "김"], [None, "handwritten"], {}),
    "types as texts": (first(type="2"), ["보험", "김"], ["handwritten", "handwritten"], {}),
    "an unknown type": (first(type=7), ["보험", "김"], [None, "handwritten"], {"unknown_type": 1}),
    "three points": (first(points=[[20, 20], [40, 20], [40, 30]]), ["보험", "김"], ["printed", "handwritten"], {}),
    "two points": (first(points=[[0, 0], [9, 0]]), ["김"], ["handwritten"], {"bad_box": 1}),
    "points that are none": (first(points=[[0, 0], [9, 0], [9, None], 4]), ["김"], ["handwritten"], {"bad_box": 1}),
    "no points": (first(points=None), ["김"], ["handwritten"], {"bad_box": 1}),
    "beyond": (first(points=[[-5, 0], [9, 0], [9, 9], [-5, 9]]), ["보험", "김"], ["printed", "handwritten"], {"box_outside": 1}),
    "more annotations": (
        lambda d: d | {"annotations": [{"polygons": [r]} for r in d["annotations"][0]["polygons"]]},
        ["보험", "김"],
        ["printed", "handwritten"],
        {},
    ),
    "empty": (first(text=""), [None, "김"], ["printed", "handwritten"], {"empty_text": 1}),
}


@pytest.mark.parametrize("quirk", QUIRKS)
def test_quirks(tmp_path, quirk):
    change, texts, writing, findings = QUIRKS[quirk]
    FAKES["finance documents"].write(tmp_path, {"a": ["보험", "김"]}, change=change)
    gt = read_aihub_finance_documents(tmp_path)
    assert gt.text == [texts] and dict(gt.report.counts) == findings
    assert [row.get("writing") for row in gt.pages[0].attributes] == writing


@pytest.mark.parametrize("swapped", [False, True])
def test_coordinates_are_those_of_the_photograph_turned_upright(tmp_path, swapped):
    """The file lies on its side; the label has the size as it is turned, or as it is stored."""

    def turned(document):
        size = {"width": WIDTH, "height": HEIGHT} if swapped else {"width": HEIGHT, "height": WIDTH}
        points = [[5, 90], [65, 90], [65, 110], [5, 110]]  # beyond the height as it is stored
        return document | {"images": [size], "annotations": [{"polygons": [{"text": "가", "points": points, "type": 1}]}]}

    FAKES["finance documents"].write(tmp_path, {"a": ["가"]}, change=turned, orientation=6)
    gt = read_aihub_finance_documents(tmp_path)
    [page] = gt.pages
    assert page.turned and page.size == (WIDTH, HEIGHT) and page.quads[0, 2].tolist() == [65, 110]
    assert dict(gt.report.counts) == ({"size_turned": 1} if swapped else {})
    check_images(gt.pages, gt.report, workers=1)
    assert not gt.report.counts["image_size_differs"]
    image = read_page_image(page, gray=True)
    assert image.shape == (WIDTH, HEIGHT, 1) and image[2, 40, 0] < 50 < 200 < image[-2, 40, 0], "the first column is the first row now"
    assert gt.sample(0)[1].shape == (WIDTH, HEIGHT, 3)


def test_a_photograph_that_lies_upside_down_is_written_as_its_label_has_it(tmp_path):
    """Its size is the same either way: what the label says decides."""
    points = [[5, 5], [65, 5], [65, 25], [5, 25]]
    change = polygons(lambda rows: [{"text": "가", "points": points, "type": 1}])
    FAKES["finance documents"].write(tmp_path / "set", {"a": ["가"]}, change=change, orientation=3)
    [page] = read_aihub_finance_documents(tmp_path / "set").pages
    image = read_page_image(page, gray=True)
    assert image[40, -3, 0] < 50 < 200 < image[40, 3, 0], "the first column is the last one now"
    (tmp_path / "out").mkdir()
    with Writer(tmp_path / "out", "labelstudio", ValidationReport()) as writer:
        writer.add(page)
    [back] = read_ground_truth(tmp_path / "out").pages
    np.testing.assert_allclose(back.quads[0], points, atol=0.6)
    assert np.array_equal(read_page_image(back, gray=True), image)


def test_a_size_that_is_missing_is_measured_as_it_is_turned(tmp_path):
    FAKES["packaging"].write(tmp_path, {"a": ["가"]}, change=lambda document: document | {"images": []}, orientation=6)
    gt = read_aihub_packaging(tmp_path)
    assert gt.pages[0].size == (WIDTH, HEIGHT) and dict(gt.report.counts) == {"bad_size": 1}


def test_the_family_is_told_by_its_folder_or_by_who_asks(tmp_path):
    FAKES["packaging"].write(tmp_path / "x", {"a": ["가"]})
    with pytest.raises(WrongDataSetError, match="1 of 의약품·화장품 패키징"):
        read_aihub_finance_documents(tmp_path)
    next((tmp_path / "x").iterdir()).rename(tmp_path / "x" / "renamed")
    assert read_aihub_packaging(tmp_path).pages[0].attributes[0]["set"] == "의약품·화장품 패키징 OCR"
    assert read_aihub_finance_documents(tmp_path).pages[0].attributes[0]["set"] == "금융업 특화 문서 OCR (632)"


@given(st.permutations(range(4)), st.floats(-40, 40), st.integers(20, 200), st.integers(3, 19))
def test_points_in_any_order_are_the_same_quad(order, angle_deg, width, height):
    angle = np.deg2rad(angle_deg)
    along, down = np.array([np.cos(angle), np.sin(angle)]), np.array([-np.sin(angle), np.cos(angle)])
    quad = np.array([[300.0, 300]] * 4) + [0 * along, width * along, width * along + height * down, height * down]
    found = point_corners([quad[i].tolist() for i in order])
    np.testing.assert_allclose(np.reshape(found, (4, 2)), quad, atol=0.01)
