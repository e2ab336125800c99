"""Label.txt and rec_gt.txt → Pages."""

import json

import numpy as np
from annotated import BOX, TURNED, read, write_image


def label_line(name, *texts):
    return f"{name}\t" + json.dumps(
        [{"transcription": text, "points": np.asarray(points).tolist(), "difficult": False} for text, points in texts], ensure_ascii=False
    )


def test_pages_named_by_the_folder_that_was_opened(tmp_path):
    folder = tmp_path / "계약서"
    write_image(folder / "a.png")
    write_image(folder / "b.png")
    lines = [label_line("계약서/a.png", ("가나", BOX), ("###", TURNED)), label_line("계약서/b.png", ("거꾸로", BOX[[2, 3, 0, 1]]))]
    (folder / "Label.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (folder / "fileState.txt").write_text("계약서/a.png\t1\n", encoding="utf-8")
    (first, second), findings = read(folder)
    assert list(first.texts) == ["가나", None] and first.unit == "line" and findings == {}
    np.testing.assert_allclose(first.quads, [BOX, TURNED])
    np.testing.assert_allclose(second.quads[0], BOX[[2, 3, 0, 1]])


def test_lines_and_that_they_are_not_read_beside_their_pages(tmp_path):
    write_image(tmp_path / "crop_img" / "a_0.png", (32, 100))
    (tmp_path / "rec_gt.txt").write_text("crop_img/a_0.png\t가나 다\ncrop_img/b.png\t나\n", encoding="cp949")
    (page,), findings = read(tmp_path)
    assert list(page.texts) == ["가나 다"] and findings == {"image_missing": 1}
    write_image(tmp_path / "a.png")
    (tmp_path / "Label.txt").write_text(label_line("a.png", ("가", BOX)), encoding="utf-8")
    (page,), findings = read(tmp_path)
    assert page.image_path.endswith("/a.png") and findings == {"labels_not_read": 1}
    assert read(tmp_path / "rec_gt.txt")[0][0].texts[0] == "가나 다"


def test_damaged_lines(tmp_path):
    write_image(tmp_path / "a.png")
    lines = ["a.png [no tab]", "a.png\t[{", 'a.png\t[{"transcription": 3, "points": []}, {"transcription": "가", "points": [[0, 0]]}]']
    (tmp_path / "Label.txt").write_text("\n".join([label_line("a.png"), *lines]), encoding="utf-8")
    (page,), findings = read(tmp_path)
    assert len(page) == 0
    assert findings == {"page_without_text": 2, "labels_damaged": 2, "bad_record": 1, "bad_box": 1, "duplicate_image": 1}
