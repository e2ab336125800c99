from itertools import permutations

import pytest
from aihub_sets import FAKES, stems

from ocr_crnn.data.aihub import WrongDataSetError, read_aihub_finance_logistics, read_aihub_handwriting, read_aihub_public_ocr

SETS = {"public ocr": "Bbox", "finance and logistics": "bbox", "handwriting": "bbox"}
READERS = {
    "public ocr": read_aihub_public_ocr,
    "finance and logistics": read_aihub_finance_logistics,
    "handwriting": read_aihub_handwriting,
}


def read(root, name, change, texts=("계약서", "Box", "xxx")):
    FAKES[name].write(root, {stems(name, 1)[0]: list(texts)}, change=change)
    return READERS[name](root)


def first_row(**values):
    return lambda rows: [rows[0] | values, *rows[1:]]


QUIRKS = {
    "an x is no xxx": (first_row(data="XL x xx"), ["XL x xx", "Box", None], {"illegible": 1}),
    "XXX": (first_row(data="XXXX"), [None, "Box", None], {"illegible": 2}),
    "xxx in a text": (first_row(data="서울xxx"), ["서울xxx", "Box", None], {"illegible": 1, "partly_illegible": 1}),
    "numbers as texts": (first_row(x=["10", "10", "30", "30"], id="1"), ["계약서", "Box", None], {"illegible": 1}),
    "three numbers": (first_row(x=[1, 2, 3]), ["Box", None], {"illegible": 1, "bad_box": 1}),
    "no numbers": (first_row(y=[1, None, "a", 4]), ["Box", None], {"illegible": 1, "bad_box": 1}),
    "no box": (lambda rows: [{"data": "가"}, *rows[1:]], ["Box", None], {"illegible": 1, "bad_box": 1}),
    "negative": (first_row(x=[-10, -10, 30, 30]), ["계약서", "Box", None], {"illegible": 1, "box_outside": 1}),
    "a number for a text": (first_row(data=1234), ["1234", "Box", None], {"illegible": 1, "text_not_nfc": 1}),
    "no list": (lambda rows: rows[0], ["계약서"], {}),
}


@pytest.mark.parametrize("quirk", QUIRKS)
@pytest.mark.parametrize("name", SETS)
def test_quirks(tmp_path, name, quirk):
    change, texts, findings = QUIRKS[quirk]
    gt = read(tmp_path, name, lambda document: document | {SETS[name]: change(document[SETS[name]])})
    assert gt.text == [texts] and dict(gt.report.counts) == findings


def test_corners_in_any_order_are_one_box(tmp_path):
    corners = [(10, 5), (10, 15), (30, 5), (30, 15)]
    for order in permutations(corners):
        rows = [{"data": "가", "x": [x for x, _ in order], "y": [y for _, y in order]}]
        page = FAKES["handwriting"].document("a", [])
        from ocr_crnn.data.aihub.numbered_sets import read_handwritten_label
        from ocr_crnn.data.validation import ValidationReport

        label = read_handwritten_label(page | {"bbox": rows}, "", ValidationReport())
        assert label.quads.tolist() == [[[10, 5], [30, 5], [30, 15], [10, 15]]]


def test_attributes_in_either_spelling(tmp_path):
    expected = {
        "set": "대용량 손글씨 OCR (605)", "split": "training", "writing": "handwritten", "category": 3, "type": "png", "pen_type": "볼펜",
        "pen_color": "검정", "writer_age": 30, "writer_sex": 1, "written_content": "주소", "background": 0, "application_field": "기업",
        "location": 1, "media_type": 1, "kind": "word",
    }  # fmt: skip
    assert read(tmp_path / "misspelt", "handwriting", None).pages[0].attributes[0] == expected

    def spell(document):
        images = document["Images"]
        return document | {"Images": {k: v for k, v in images.items() if k[:3] != "acq"} | {"acquisition_location": 1}}

    assert read(tmp_path / "right", "handwriting", spell).pages[0].attributes[0] == expected
    page = read(tmp_path / "public", "public ocr", None).pages[0]
    assert page.attributes[0] | {"year": 1997, "decade": 1990, "dpi": 300, "writing_style": 2, "group": 1} == page.attributes[0]


def test_two_sets_with_the_same_keys_are_told_by_folders_or_else_by_the_capital_letter(tmp_path):
    fake = FAKES["public ocr"]
    lower = lambda document: {"bbox" if key == "Bbox" else key: value for key, value in document.items()}  # noqa: E731
    fake.write(tmp_path / "of another vintage", {"a": ["가"]}, change=lower)
    assert read_aihub_public_ocr(tmp_path).text == [["가"]]
    with pytest.raises(WrongDataSetError, match=r"1 of OCR 데이터\(공공\) \(71299\)"):
        read_aihub_finance_logistics(tmp_path)
    renamed = tmp_path / "renamed"
    renamed.mkdir()
    for path in [*(tmp_path / "of another vintage").rglob("*.zip")]:
        path.rename(renamed / path.name.replace("OCR(public)", "x"))
    assert read_aihub_public_ocr(renamed).text == [["가"]] and read_aihub_finance_logistics(renamed).text == [["가"]]


def test_images_in_other_zips_than_labels_by_name(tmp_path):
    """TL holds what TS1 … TSn hold together."""
    FAKES["handwriting"].write(tmp_path, {"IMG_1": ["가"], "IMG_2": ["나"]})
    [archive] = tmp_path.rglob("TS2.zip")
    archive.rename(archive.with_name("TS11.zip"))
    gt = read_aihub_handwriting(tmp_path)
    assert gt.text == [["가"], ["나"]] and not gt.report.counts
