import pytest
from aihub_sets import FAKES, HEIGHT, WIDTH

from ocr_crnn.data.aihub import read_aihub_character_forms


def read(root, name, texts, change=None):
    FAKES[name].write(root, {"00110011001": list(texts)}, change=change)
    return read_aihub_character_forms(root)


def words(change):
    return lambda document: document | {"text": {"word": change(document["text"]["word"])}}


def test_characters_of_a_written_word_are_joined(tmp_path):
    gt = read(tmp_path, "written words", ["계약서"])
    [page] = gt.pages
    assert list(page.texts) == ["계약서"] and page.unit == "word" and page.quads[0, 2].tolist() == [WIDTH, HEIGHT]
    assert page.attributes[0] == {"set": "다양한 형태의 한글 문자 OCR (91)", "split": "training", "writing": "handwritten", "kind": "word"}


def test_a_box_is_two_corners(tmp_path):
    page = read(tmp_path, "forms", ["성명", "주소"]).pages[0]
    assert page.quads[1].tolist() == [[10, 20], [30, 20], [30, 30], [10, 30]]
    assert page.attributes[0]["writing"] == "printed" and list(page.texts) == ["성명", "주소"]


QUIRKS = {
    "characters with boxes": ("written words", ["가나"], words(lambda w: [row | {"wordbox": [1, 2, 30, 40]} for row in w]), ["가나"], {}),
    "another text in info": ("written words", ["가나"], lambda d: d | {"info": {"text": "가다"}}, ["가나"], {"text_differs": 1}),
    "spaces in info": ("written words", ["가나"], lambda d: d | {"info": {"text": "가 나"}}, ["가나"], {}),
    "no info": ("written letters", ["가"], lambda d: {k: v for k, v in d.items() if k != "info"}, ["가"], {}),
    "corners the other way round": ("forms", ["가"], words(lambda w: [w[0] | {"wordbox": [30, 15, 10, 5]}]), ["가"], {}),
    "a box too short": ("forms", ["가", "나"], words(lambda w: [w[0] | {"wordbox": [30, 15]}, w[1]]), ["나"], {"bad_box": 1}),
    "a box that is null": ("forms", ["가", "나"], words(lambda w: [w[0] | {"wordbox": None}, w[1]]), ["나"], {"bad_box": 1}),
    "no words": ("forms", ["가"], words(lambda w: []), [], {"page_without_text": 1}),
    "one word, no list": ("forms", ["가"], words(lambda w: w[0]), ["가"], {}),
    "no text at all": ("forms", ["가"], lambda d: d | {"text": {"word": [], "letter": []}}, [], {"page_without_text": 1}),
}


@pytest.mark.parametrize("quirk", QUIRKS)
def test_quirks(tmp_path, quirk):
    name, texts, change, expected, findings = QUIRKS[quirk]
    gt = read(tmp_path, name, texts, change)
    assert gt.text == [expected] and dict(gt.report.counts) == findings


def test_a_letter_without_text_is_left_out(tmp_path):
    gt = read(tmp_path, "written letters", [None])
    assert len(gt) == 0 and dict(gt.report.counts) == {"null_text": 1}
    gt = read(tmp_path, "written letters", ["xxx"])
    assert len(gt) == 0 and dict(gt.report.counts) == {"illegible": 1}


def test_how_it_is_written_is_told_by_the_words_where_no_folder_tells(tmp_path):
    """A renamed folder: words with boxes are a form, characters without are one word."""
    for name, texts, expected in (("forms", ["성명", "주소"], ["성명", "주소"]), ("written words", ["가나"], ["가나"])):
        FAKES[name].write(tmp_path / name, {"1": texts}, packed=False)
        for folder in [path for path in (tmp_path / name).rglob("*") if path.is_dir() and "_" in path.name]:
            folder.rename(folder.with_name(folder.name.replace("_인쇄체", "").replace("_필기체", "")))
        page = read_aihub_character_forms(tmp_path / name).pages[0]
        assert list(page.texts) == expected and "writing" not in page.attributes[0]
