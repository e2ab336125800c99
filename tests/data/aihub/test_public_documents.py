import pytest
from aihub_sets import FAKES, box, write_layout

from ocr_crnn.data.aihub import read_aihub_public_documents

FAKE = FAKES["public documents"]
STEM = "5350069-2011-0001-0029"


def read(root, texts=("제 목", "결재", "2011"), change=None):
    FAKE.write(root, {STEM: list(texts)}, change=change)
    return read_aihub_public_documents(root)


def rows(change):
    """A quirk of the rows."""
    return lambda document: document | {"annotations": change(document["annotations"])}


def text(row, value):
    return row | {"annotation.text": value}


def at(row, box):
    return row | {"annotation.bbox": box}


def image(**values):
    return lambda document: document | {"images": [document["images"][0] | {f"image.{k.replace('_', '.')}": v for k, v in values.items()}]}


ALL = ["제 목", "결재", "2011"]

QUIRKS = {
    "ids twice": (rows(lambda a: [a[0], a[1] | {"id": 0}, a[2]]), ALL, {"spread_text": 1, "duplicate_id": 1}),
    "a row twice": (rows(lambda a: [*a, a[1]]), ALL, {"spread_text": 1, "duplicate_row": 1}),
    "ids with gaps, as texts": (rows(lambda a: [r | {"id": f"{r['id'] * 7}"} for r in a]), ALL, {"spread_text": 1}),
    "no ids, another order": (
        rows(lambda a: [{k: v for k, v in r.items() if k != "id"} for r in a[::-1]]),
        ["2011", "결재", "제 목"],
        {"spread_text": 1},
    ),
    "no text": (rows(lambda a: [text(a[0], None), text(a[1], " "), a[2]]), [None, None, "2011"], {"null_text": 1, "empty_text": 1}),
    "no box": (rows(lambda a: [a[0], at(a[1], [1, 2, None, 4]), at(a[2], [])]), ["제 목"], {"spread_text": 1, "bad_box": 2}),
    "a box outside": (
        rows(lambda a: [a[0], at(a[1], [-5, 5, 20, 9]), at(a[2], [900, 0, 9, 9])]),
        ["제 목", "결재"],
        {"spread_text": 1, "box_outside": 1, "empty_box": 1},
    ),
    "numbers as texts": (image(width="120", height="80"), ALL, {"spread_text": 1}),
    "no size": (image(width=None, height=0), ALL, {"spread_text": 1, "bad_size": 1}),
    "the name of the image without suffix": (image(file_name=STEM), ALL, {"spread_text": 1}),
    "no name of the image": (image(file_name=None), ALL, {"spread_text": 1}),
    "another name": (image(file_name="x.jpg"), ALL, {"spread_text": 1}),
    "an object in place of a list": (lambda d: d | {"images": d["images"][0]}, ALL, {"spread_text": 1}),
    "no rows": (rows(lambda a: []), [], {"page_without_text": 1}),
    "rows that are none": (rows(lambda a: [7, "x", a[1]]), ["결재"], {"bad_record": 1}),
    "letters that are no syllables": (rows(lambda a: [text(a[1], "국ㅇㄴ")]), ["국ㅇㄴ"], {"stray_jamo": 1}),
}


@pytest.mark.parametrize("quirk", QUIRKS)
def test_quirks(tmp_path, quirk):
    change, texts, findings = QUIRKS[quirk]
    gt = read(tmp_path, change=change)
    assert gt.text == [texts] and dict(gt.report.counts) == findings
    assert gt.pages[0].size == (80, 120)


def test_attributes_of_a_row(tmp_path):
    page = read(tmp_path).pages[0]
    assert page.attributes[1] == {
        "set": "공공행정문서 OCR (88)", "split": "training", "category": "인.허가", "make_code": "5350069", "year": "2011", "decade": 2010,
        "kind": "word",
    }  # fmt: skip
    assert page.attributes[1] is page.attributes[2], "equal ones are one, for there are millions"
    assert page.attributes[0]["kind"] == "sentence" and page.quads[1, 0].tolist() == box(1)[:2]


def test_labels_of_a_part_are_joined_to_images_of_several_zips(tmp_path):
    """[라벨]train_partly_labling is of the images in [원천]train1 … 3, and so is [라벨]train."""
    members = FAKE.members({STEM: ["가"], STEM.replace("29", "30"): ["나"]})
    label, image = FAKE.label(STEM, "training"), f"{FAKE.image(STEM, 'training')}.jpg"
    members[label.replace("[라벨]train", "[라벨]train_partly_labling")] = members.pop(label)
    members[image.replace("train1", "train3")] = members.pop(image)
    write_layout(tmp_path, members)
    gt = read_aihub_public_documents(tmp_path)
    assert sorted(gt.text) == [["가"], ["나"]] and not gt.report.counts
