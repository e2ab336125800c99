from pathlib import Path

import pytest

from ocr_crnn.data.aihub.matching import ImageIndex, common_name, find_twins, folder_key, folder_names, role_of, split_of, stem
from ocr_crnn.data.validation import ValidationReport

# The names of a label's folder or zip, of its image's, and what both have in common.
PAIRS = {
    "zips": ("TL_OCR(public)_AF_2010_5270218_0001.zip", "TS_OCR(public)_AF_2010_5270218_0001.zip", "ocr(public)_af_2010_5270218_0001"),
    "validation zips": (
        "VL_OCR(public)_AF_2010_5270218_0001",
        "VS_OCR(public)_AF_2010_5270218_0001.ZIP",
        "ocr(public)_af_2010_5270218_0001",
    ),
    "numbers": ("TL1.zip", "TS12.zip", ""),
    "brackets": ("[라벨]Validation_인쇄체.zip", "[원천]Validation_인쇄체2.zip", "validation_인쇄체"),
    "train": ("[라벨]train.zip", "[원천]train3.zip", "training"),
    "role folders": ("01.라벨링데이터(Json)", "02.원천데이터(jpg)", ""),
    "role folders in another case": ("02.라벨링데이터", "01.원천데이터(Jpg)", ""),
    "nothing to take away": ("인.허가", "인.허가", "인.허가"),
    "a word that begins so": ("tsunami", "tsunami", "tsunami"),
}


@pytest.mark.parametrize("pair", PAIRS)
def test_names_of_both_halves_have_one_form(pair):
    label, image, common = PAIRS[pair]
    assert common_name(label) == common_name(image) == common


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("TL1.zip", "labels"),
        ("VS_x", "images"),
        ("[원천]train1", "images"),
        ("라벨링데이터", "labels"),
        ("1.간판", None),
        ("translation", None),
    ],
)
def test_role(name, role):
    assert role_of(name) == role


@pytest.mark.parametrize(
    ("folder", "split"),
    [
        ("set/1. Training/라벨링데이터", "training"), ("set/Validation/[원천]validation.zip::a", "validation"), ("set/a/b", None),
        ("set/TL_1.zip::4.Validation", "training"), ("set/VS1/x", "validation"),
    ],
)  # fmt: skip
def test_split(folder, split):
    assert split_of(folder_names(folder, Path("set"))) == split


def test_a_name_that_is_repeated_at_once_counts_once():
    names = folder_names("/data/set/01_x.zip::01_x/a/", Path("/data/set"))
    assert names == ["set", "01_x.zip", "01_x", "a"] and folder_key(names) == ("set", "01_x", "a")


@pytest.mark.parametrize(
    ("name", "expected"),
    [("가.JPG", "가"), ("a.b.json", "a.b"), ("5350069-2011", "5350069-2011"), ("x\\y.png", "y"), ("인.허가-1", "인.허가-1")],
)
def test_stem(name, expected):
    assert stem(name) == expected


def test_a_label_takes_no_image_of_another_folder_where_its_name_is_not_alone():
    index = ImageIndex(Path("set"), ValidationReport())
    index.add("set/원천데이터/1/", "a.png")
    first, second = index.place("set/라벨링데이터/1/"), index.place("set/라벨링데이터/2/")
    for _ in (first, second):
        index.count_label("a")
    assert index.path(index.find(("a",), first)) == "set/원천데이터/1/a.png"
    assert index.find(("a",), second) is None and index.count(("a",)) == 1
    index.add("set/원천데이터/3/", "b.png")
    index.count_label("b")
    assert index.path(index.find(("x", "b"), second)) == "set/원천데이터/3/b.png", "the only label and the only image of a name"


def test_one_of_two_zips_without_roles_has_no_other_half(tmp_path):
    for name in ("a.zip", "b.zip"):
        (tmp_path / name).write_bytes(b"")
    assert find_twins(tmp_path / "a.zip")[0] == []
