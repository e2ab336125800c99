"""Page JSON as ground truth."""

import json
from dataclasses import replace

from annotated import SIZE, read, two_words, write_image

from ocr_crnn.formats.page_json import write_page_json


def test_pages_with_all_that_they_hold(tmp_path):
    image = write_image(tmp_path / "images" / "a.png")
    page = replace(two_words(image), scores=[0.5, 0.25], blocks=[0, 1], lines=[0, 1])
    write_page_json(page, tmp_path / "a.json")
    (back,), findings = read(tmp_path)
    assert list(back.texts) == list(page.texts) and list(back.scores) == [0.5, 0.25] and findings == {} and back.unit == "line"


def test_pages_without_their_image(tmp_path):
    image = write_image(tmp_path / "a.png", (SIZE[0], SIZE[1] + 1))
    write_page_json(two_words(image), tmp_path / "changed.json")
    write_page_json(two_words(tmp_path / "b.pdf"), tmp_path / "pdf.json")
    write_page_json(replace(two_words(image), image_path=None), tmp_path / "none.json")
    later = write_image(tmp_path / "c.tif")
    write_page_json(two_words(later), tmp_path / "later.json", number=2)
    (tmp_path / "half.json").write_text(json.dumps({"schema": "ocr_crnn/page/2"}), encoding="utf-8")
    assert read(tmp_path) == ([], {"image_changed": 1, "image_missing": 3, "labels_damaged": 1})


def test_a_fax_whose_pixels_are_not_square(tmp_path):
    """Read at twice its height, as the reader sees it."""
    from ocr_crnn.data.samples import read_page_image

    image = write_image(tmp_path / "fax.png", (40, 200), dpi=(200, 100))
    write_page_json(two_words(image), tmp_path / "fax.json")
    (page,), findings = read(tmp_path)
    assert findings == {} and read_page_image(page).shape == (*SIZE, 3)
