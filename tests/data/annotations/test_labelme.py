"""labelme's files → Pages."""

import numpy as np
from annotated import BOX, SIZE, TURNED, read, write_image, write_json


def labelme(*shapes, image="a.png", size=SIZE):
    head = {"version": "5.5.0", "flags": {}, "imagePath": image, "imageData": None, "imageHeight": size[0], "imageWidth": size[1]}
    return head | {"shapes": list(shapes)}


def shape(label, points, kind="polygon", **more):
    return {"label": label, "points": np.asarray(points).tolist(), "shape_type": kind, "group_id": None, "flags": {}} | more


def test_texts_as_labels(tmp_path):
    write_image(tmp_path / "a.png")
    write_json(tmp_path / "a.json", labelme(shape("가나", BOX[[0, 2]], "rectangle"), shape("계약", TURNED), shape("text", BOX + [0, 40])))
    (page,), findings = read(tmp_path)
    assert list(page.texts) == ["가나", "계약", None] and findings == {"empty_text": 1}
    np.testing.assert_allclose(page.quads[:2], [BOX, TURNED])


def test_texts_as_descriptions(tmp_path):
    write_image(tmp_path / "pages" / "a.png")
    shapes = shape("word", BOX, description="가나"), shape("word", TURNED, description="", flags={"unreadable": True})
    write_json(tmp_path / "a.json", labelme(*shapes, image="..\\\\pages\\\\a.png"))
    (page,), findings = read(tmp_path)
    assert list(page.texts) == ["가나", None] and page.unit == "word" and findings == {}


def test_shapes_that_hold_no_text_and_files_that_are_none(tmp_path):
    write_image(tmp_path / "a.png")
    write_json(tmp_path / "a.json", labelme(shape("가", BOX[:1], "point"), {"points": []}, shape("나", BOX)))
    write_json(tmp_path / "b.json", labelme() | {"shapes": 3})
    write_json(tmp_path / "c.json", {"other": 1})
    (page,), findings = read(tmp_path, "labelme")
    assert list(page.texts) == ["나"] and findings == {"bad_box": 1, "bad_record": 1, "labels_damaged": 2}


def test_an_image_of_another_size(tmp_path):
    write_image(tmp_path / "a.png")
    write_json(tmp_path / "a.json", labelme(shape("가", BOX), size=(81, 200)))
    assert read(tmp_path) == ([], {"image_changed": 1})
