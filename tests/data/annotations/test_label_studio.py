"""Label Studio's exports → Pages."""

import numpy as np
import pytest
from annotated import BOX, SIZE, read, rectangle, task, write_image, write_json

from ocr_crnn.data.annotations.label_studio import corners, image_name


@pytest.fixture
def folder(tmp_path):
    write_image(tmp_path / "page.png")
    return tmp_path


def test_json_of_the_ocr_template(folder):
    result = rectangle("가나 다", label="Text") + rectangle("계약", 1, x=60, y=50, width=20, height=20, rotation=30)
    write_json(folder / "export.json", [task("/data/upload/3/0a1b2c3d-page.png", result)])
    (page,), findings = read(folder)
    assert findings == {} and list(page.texts) == ["가나 다", "계약"] and page.size == SIZE and page.unit == "line"
    assert page.image_path == str(folder / "page.png") and page.attributes is None
    np.testing.assert_allclose(page.quads[0], BOX)
    start, along = np.array([120, 40]), np.array([np.cos(np.pi / 6), np.sin(np.pi / 6)])
    np.testing.assert_allclose(page.quads[1][:2], [start, start + 40 * along], atol=1e-3)
    np.testing.assert_allclose(page.quads[1][3], start + 16 * np.array([-along[1], along[0]]), atol=1e-3)


def test_text_upside_down_keeps_its_own_top_left(folder):
    write_json(folder / "export.json", [task("page.png", rectangle("가나", x=45, y=37.5, rotation=180))])
    (page,), _ = read(folder)
    np.testing.assert_allclose(page.quads[0], BOX[[2, 3, 0, 1]], atol=1e-3)


def test_without_text_and_unreadable(folder):
    result = rectangle() + rectangle("  ", 1, y=50) + rectangle(None, 2, "Unreadable", y=70)
    write_json(folder / "export.json", [task("page.png", result)])
    (page,), findings = read(folder)
    assert list(page.texts) == [None] * 3 and findings == {"empty_text": 2}


def test_polygons_and_labels(folder):
    points = [[5, 12.5], [45, 12.5], [45, 37.5], [5, 37.5]]
    shared = {"id": "p", "original_width": 200, "original_height": 80}
    result = [
        shared | {"type": "polygonlabels", "value": {"points": points[::-1], "closed": True, "polygonlabels": ["Stamp"]}},
        shared | {"type": "textarea", "value": {"points": points, "text": ["가", "나"]}},
    ]
    write_json(folder / "export.json", [task("page.png", result)])
    (page,), findings = read(folder)
    np.testing.assert_allclose(page.quads[0], BOX)
    assert page.texts[0] == "가 나" and findings == {"several_texts": 1} and page.attributes[0] == {"label": "Stamp"}


def test_the_last_annotation_that_was_not_given_up_counts(folder):
    export = task("page.png", rectangle("옛"), rectangle("새"), rectangle("버림"))
    export["annotations"][2]["was_cancelled"] = True
    write_json(folder / "export.json", [export, task("b.png", number=2), task("c.png", number=3, predictions=[{"result": rectangle("x")}])])
    (page,), findings = read(folder)
    assert page.texts[0] == "새" and findings == {"several_annotations": 1, "not_annotated": 1, "not_corrected": 1}


def test_predictions_alone_are_read_and_told(folder):
    result = rectangle("가")
    result[-1]["score"] = 0.75
    write_json(folder / "tasks.json", [{"data": {"image": "page.png"}, "predictions": [{"model_version": "1", "result": result}]}])
    (page,), findings = read(folder)
    assert page.texts[0] == "가" and page.scores[0] == 0.75 and findings == {"prediction_used": 1}


def test_json_min(folder):
    shape = {"x": 5, "y": 12.5, "width": 40, "height": 25, "rotation": 0, "original_width": 200, "original_height": 80}
    first = {"ocr": "page.png", "id": 1, "annotation_id": 1, "bbox": [shape, shape | {"y": 50}], "transcription": ["가", "나"]}
    write_image(folder / "b.png")
    one = {"ocr": "b.png", "id": 2, "annotation_id": 2, "bbox": [shape], "label": [shape | {"labels": ["Text"]}], "transcription": "다"}
    write_json(folder / "min.json", [first, one])
    pages, findings = read(folder)
    assert [list(page.texts) for page in pages] == [["가", "나"], ["다"]] and findings == {}
    write_json(folder / "min.json", [first | {"transcription": ["가"]}])
    (page,), findings = read(folder)
    assert list(page.texts) == [None, None] and findings == {"text_unmatched": 1}


def test_json_min_of_rectangles_and_polygons(folder):
    """They stand in lists of their own; only that of the labels has the order in which the texts are."""
    sizes = {"original_width": 200, "original_height": 80}
    boxes = [{"x": 5, "y": y, "width": 40, "height": 10, "rotation": 0} | sizes for y in (10, 50)]
    polygon = {"points": [[5, 30], [45, 32], [45, 42], [5, 40]], "closed": True} | sizes
    record = {"ocr": "page.png", "id": 1, "bbox": boxes, "poly": [polygon], "transcription": ["가", "나", "다"], "annotation_id": 1}
    labels = [shape | {"labels": ["Text"]} for shape in (boxes[0], polygon, boxes[1])]
    write_json(folder / "min.json", [record | {"label": labels}])
    (page,), findings = read(folder)
    assert list(page.texts) == ["가", "나", "다"] and findings == {} and np.all(np.diff(page.quads[:, 0, 1]) > 0)
    write_json(folder / "min.json", [record])
    assert read(folder)[1] == {"text_unmatched": 1}


def test_an_image_that_changed_is_told_and_not_used(folder):
    write_json(folder / "export.json", [task("page.png", rectangle("가"))])
    write_image(folder / "page.png", (90, 200))
    assert read(folder) == ([], {"image_changed": 1})
    write_image(folder / "page.png")
    export = task("page.png", rectangle("가"))
    export["data"]["ocr_crnn_sha256"] = "0" * 64
    write_json(folder / "export.json", [export])
    assert read(folder) == ([], {"image_changed": 1})


def test_one_record_of_a_storage_and_a_text_of_the_whole_image(folder):
    whole = [{"id": "a", "type": "textarea", "from_name": "text", "to_name": "image", "value": {"text": ["한 줄"]}}]
    write_json(folder / "1.json", {"id": 1, "result": whole, "task": {"id": 1, "data": {"image": "s3://bucket/page.png"}}})
    (page,), findings = read(folder)
    assert page.texts[0] == "한 줄" and findings == {} and page.quads[0].max() == 200


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("/data/upload/12/0a1b2c3d-%EA%B0%80.png", "/data/upload/12/0a1b2c3d-가.png"),
        ("/data/local-files/?d=folder%2F%EA%B0%80%20b.png", "folder/가 b.png"),
        ("https://host/a/b.jpg?sig=1", "/a/b.jpg"),
        ("s3://bucket/a/b.jpg", "/a/b.jpg"),
        ("nothing", None),
        ("http://[::1/x.png", None),
    ],
)
def test_the_name_of_an_image(address, name):
    assert image_name({"id": 3, "ocr": address}) == name


def test_duplicate_names_are_told(folder):
    for place in ("a", "b"):
        write_image(folder / place / "twice.png")
    tasks = [task(f"/data/upload/1/0a1b2c3{n}-twice.png", rectangle("가"), number=n) for n in (1, 2)]
    write_json(folder / "export.json", [*tasks, task("page.png", rectangle("나")), task("0a1b2c3d-page.png", rectangle("다"))])
    (page,), findings = read(folder)
    assert page.texts[0] == "나" and findings == {"image_ambiguous": 2, "duplicate_image": 1}


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_a_picture_turned_in_the_editor(turn):
    """The box in the top-left corner of what is seen lies in another corner of the picture."""
    box = corners({"x": 0, "y": 0, "width": 10, "height": 10, "image_rotation": turn}, SIZE)
    expected = {90: [0, 80], 180: [200, 80], 270: [200, 0]}[turn]
    np.testing.assert_allclose(box[0], expected, atol=1e-6)
    assert np.all(box >= -1e-6) and np.all(box <= [200 + 1e-6, 80 + 1e-6])


@pytest.mark.parametrize("value", [{"x": None}, {"x": "a"}, {"width": 1e300}, {"x": 1e9}, {"rotation": []}])
def test_shapes_that_are_none(folder, value):
    write_json(folder / "export.json", [task("page.png", rectangle("가", **value) + rectangle("나", 1, y=50))])
    (page,), findings = read(folder)
    assert list(page.texts) == ["나"] and findings == {"bad_box": 1} or (value == {"rotation": []} and findings == {})
