import pytest
from aihub_sets import FAKES, picture, write_layout

from ocr_crnn.data.aihub import read_aihub_outdoor

STEM = "간판_가로형간판_000001"


def first_row(**values):
    return lambda document: document | {"annotations": [document["annotations"][0] | values, *document["annotations"][1:]]}


# Each changes the label of the texts "서울", "xxx", "Max"; then the texts and the findings beside the illegible one.
QUIRKS = {
    "a Latin word with an x": (None, ["서울", None, "Max"], {}),
    "a short box": (first_row(bbox=[1, 2, 3]), [None, "Max"], {"bad_box": 1}),
    "a box with null": (first_row(bbox=[1, None, 3, 4]), [None, "Max"], {"bad_box": 1}),
    "no box": (first_row(bbox=None), [None, "Max"], {"bad_box": 1}),
    "begins outside": (first_row(bbox=[-8, -3, 30, 20]), ["서울", None, "Max"], {"box_outside": 1}),
    "all outside": (first_row(bbox=[-80, 3, 30, 20]), [None, "Max"], {"empty_box": 1}),
    "no area": (first_row(bbox=[8, 3, 30, 0]), [None, "Max"], {"empty_box": 1}),
    "ids twice": (first_row(id=2), ["서울", None, "Max"], {"duplicate_id": 1}),
    "no metadata": (lambda document: document | {"metadata": []}, ["서울", None, "Max"], {}),
    "metadata as an object": (lambda document: document | {"metadata": {"wordorientation": "가로"}}, ["서울", None, "Max"], {}),
    "beyond what a page can have": (first_row(bbox=[1e9, 0, 9, 9]), [None, "Max"], {"bad_box": 1}),
}


@pytest.mark.parametrize("quirk", QUIRKS)
def test_quirks(tmp_path, quirk):
    change, texts, findings = QUIRKS[quirk]
    FAKES["outdoor"].write(tmp_path, {STEM: ["서울", "xxx", "Max"]}, change=change)
    gt = read_aihub_outdoor(tmp_path)
    assert gt.text == [texts] and dict(gt.report.counts) == findings | {"illegible": 1}


def test_how_words_run_is_said_once_or_for_each_row(tmp_path):
    fake, (first, second) = FAKES["outdoor"], ("간판_1", "간판_2")
    members = fake.members(
        {first: ["가", "나"]}, change=lambda d: d | {"metadata": [{"wordorientation": "세로"}, {"wordorientation": "가로"}]}
    )
    members |= fake.members({second: ["가", "나"]}, change=lambda d: d | {"metadata": [{"wordorientation": "세로"}]})
    write_layout(tmp_path, members)
    gt = read_aihub_outdoor(tmp_path)
    assert [[row["orientation"] for row in page.attributes] for page in gt] == [["세로", "가로"], ["세로", "세로"]]


@pytest.mark.parametrize("suffix", ["jpg", "JPG", "JPEG", "jpeg"])
def test_suffixes_in_any_case(tmp_path, suffix):
    fake = FAKES["outdoor"]
    members = fake.members({STEM: ["가"]})
    members[f"{fake.image(STEM, 'training')}.{suffix}"] = members.pop(f"{fake.image(STEM, 'training')}.JPG")
    write_layout(tmp_path, members)
    gt = read_aihub_outdoor(tmp_path)
    assert gt.text == [["가"]] and not gt.report.counts and gt.image_names[0].endswith(f".{suffix}")


def test_the_same_name_in_folders_of_different_signs(tmp_path):
    fake = FAKES["outdoor"]
    members = fake.members({STEM: ["가"]})
    other = {path.replace("가로형간판1/", "가로형간판2/"): contents for path, contents in fake.members({STEM: ["나"]}).items()}
    write_layout(tmp_path, members | other)
    gt = read_aihub_outdoor(tmp_path)
    assert sorted((path.rpartition("/")[0][-1], text) for path, [text] in zip(gt.image_names, gt.text, strict=True)) == [
        ("1", "가"),
        ("2", "나"),
    ]
    del other[next(path for path in other if path.endswith("JPG"))]
    write_layout(tmp_path, members | other)
    gt = read_aihub_outdoor(tmp_path)
    assert gt.text == [["가"]] and dict(gt.report.counts) == {"image_missing": 1}, "that of the other folder is not taken for it"


def test_what_a_mac_packs_beside_is_no_label_and_no_image(tmp_path):
    fake = FAKES["outdoor"]
    members = fake.members({STEM: ["가"]})
    beside = {path.replace(f"/{STEM}", f"/._{STEM}"): picture() for path in members}
    write_layout(tmp_path, members | beside)
    gt = read_aihub_outdoor(tmp_path)
    assert gt.text == [["가"]] and not gt.report.counts
