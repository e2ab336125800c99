"""COCO-Text, TextOCR and COCO's lists → Pages."""

import numpy as np
from annotated import BOX, TURNED, read, write_image, write_json

FLAT = BOX.ravel().tolist()


def test_version_2_and_1(tmp_path):
    write_image(tmp_path / "images" / "a.jpg", quality=95)
    anns = {
        "7": {"id": 7, "image_id": 1, "mask": FLAT, "bbox": [10, 10, 80, 20], "utf8_string": "가나", "legibility": "legible"},
        "8": {"id": 8, "image_id": 1, "polygon": TURNED.ravel().tolist(), "utf8_string": "나", "legibility": "legible"},
        "9": {"id": 9, "image_id": 1, "bbox": [10, 50, 80, 20], "legibility": "illegible"},
        "10": {"id": 10, "image_id": 2, "bbox": [10, 50, 80, 20], "utf8_string": "없음"},
    }
    images = {"1": {"id": 1, "file_name": "a.jpg", "width": 200, "height": 80}, "3": {"id": 3, "file_name": "c.jpg"}}
    write_json(tmp_path / "cocotext.v2.json", {"cats": {}, "anns": anns, "imgs": images, "imgToAnns": {"1": [7, 8, 9]}})
    (page,), findings = read(tmp_path)
    assert list(page.texts) == ["가나", "나", None] and page.unit == "word"
    np.testing.assert_allclose(page.quads[:2], [BOX, TURNED])
    assert findings == {"annotation_without_image": 1, "image_without_annotation": 1}


def test_lists_as_of_coco_and_polygons_of_many_corners(tmp_path):
    write_image(tmp_path / "a.png")
    outline = [[10, 10, 50, 10, 90, 10, 90, 30, 10, 30]]
    record = {"id": 1, "image_id": "x1", "segmentation": outline, "utf8_string": "가", "category_id": 1}
    image = {"id": "x1", "file_name": "a.png", "width": 200, "height": 80}
    write_json(tmp_path / "a.json", {"images": [image, image], "annotations": [record], "categories": [{"id": 1, "name": "text"}]})
    (page,), findings = read(tmp_path)
    np.testing.assert_allclose(page.quads[0], BOX, atol=1e-3)
    assert findings == {"polygon_simplified": 1, "duplicate_image": 1}


def test_records_that_are_none(tmp_path):
    write_image(tmp_path / "a.png")
    anns = {"1": 3, "2": {"id": 2}, "3": {"id": 3, "image_id": 1, "bbox": ["a"] * 4}, "4": {"id": 4, "image_id": 1, "mask": [1e300] * 8}}
    write_json(tmp_path / "a.json", {"anns": anns, "imgs": {"1": {"file_name": "a.png", "height": -1}, "2": {"file_name": 3}}})
    (page,), findings = read(tmp_path)
    assert len(page) == 0 and findings == {"bad_record": 3, "bad_box": 2, "page_without_text": 1}
