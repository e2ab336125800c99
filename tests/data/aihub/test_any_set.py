import pytest
from aihub_fixture import printed_set
from aihub_sets import FAKES, stems

from ocr_crnn.data.aihub import WrongDataSetError, read_aihub, read_aihub_font_images

BOTH = ("handwriting", "outdoor")


def two_sets(root):
    for name in BOTH:
        FAKES[name].write(root, {stem: ["가나"] for stem in stems(name, 2)})


def test_several_sets_are_all_read_and_counted(tmp_path):
    two_sets(tmp_path)
    gt = read_aihub(tmp_path)
    assert not gt.report.counts
    assert gt.report.facts == {
        "images of 야외 실제 촬영 한글 이미지 (105)": 2, "images of 대용량 손글씨 OCR (605)": 2,
        "training images": 4, "json_files": 4, "images_used": 4, "texts": 4,
    }  # fmt: skip
    assert sorted({row["set"] for page in gt for row in page.attributes}) == ["대용량 손글씨 OCR (605)", "야외 실제 촬영 한글 이미지 (105)"]


@pytest.mark.parametrize("choice", [605, "605", "손글씨"])
def test_one_of_several_sets_by_number_or_name(tmp_path, choice):
    two_sets(tmp_path)
    gt = read_aihub(tmp_path, data_set=choice)
    assert len(gt) == 2 and dict(gt.report.counts) == {"json_foreign": 2}
    with pytest.raises(WrongDataSetError, match=r"labels of 공공행정문서 OCR \(88\). Received: .*2 of"):
        read_aihub(tmp_path, data_set=88)


@pytest.mark.parametrize("choice", ["OCR", "999"])
def test_a_choice_that_is_none_or_several(tmp_path, choice):
    with pytest.raises(ValueError, match=f"no other has: .*605.*Received: '{choice}'"):
        read_aihub(tmp_path, data_set=choice)


def test_the_set_with_one_json_for_all_is_read_as_by_its_own_reader(tmp_path):
    printed_set(tmp_path)
    found, own = read_aihub(tmp_path), read_aihub_font_images(tmp_path)
    assert found.text == own.text and found.report.facts == own.report.facts and not found.report.counts
    assert read_aihub(tmp_path, part="printed").text == own.text and read_aihub(tmp_path, data_set=81, kind="word").text == []
    with pytest.raises(WrongDataSetError, match="1 of 한국어 글자체 이미지"):
        read_aihub(tmp_path, split="validation")


def test_it_may_lie_beside_others(tmp_path):
    folder = printed_set(tmp_path / "81")
    (folder / "sentence" / "lone.png").write_bytes(b"")
    (folder / "sentence" / "00000001.png").unlink()
    (tmp_path / "broken.zip").write_bytes(b"PK\3\4")
    two_sets(tmp_path)
    gt = read_aihub(tmp_path)
    assert dict(gt.report.counts) == {"zip_damaged": 1, "image_missing": 1, "image_without_record": 1}
    assert len(gt) == 6 and gt.report.facts["images of 한국어 글자체 이미지 (81)"] == 2
    assert len(read_aihub(tmp_path, split="training")) == 4, "it has no split"


def test_a_zip_whose_json_lies_beside_it(tmp_path):
    from aihub_fixture import line_records, png, write_json, write_zip

    images, annotations = line_records(["가"])
    write_json(tmp_path / "02.인쇄체" / "printed_data_info.json", images, annotations)
    archive = write_zip(tmp_path / "02.인쇄체" / "01_printed_sentence_images.zip", {"sentence/00000000.png": png()})
    assert read_aihub(archive).text == [["가"]]


def test_nothing_to_read(tmp_path):
    with pytest.raises(FileNotFoundError, match="Received"):
        read_aihub(tmp_path / "absent")
    with pytest.raises(WrongDataSetError, match="0 JSON files"):
        read_aihub(tmp_path)
    (tmp_path / "download.tar").write_bytes(b"")
    (tmp_path / "a.zip.part0").write_bytes(b"")
    (tmp_path / "a.json").write_text('{"shapes": []}')
    (tmp_path / "b.zip").write_bytes(b"PK")
    with pytest.raises(WrongDataSetError) as caught:
        read_aihub(tmp_path)
    for told in ("1 of unknown", "a.json: a JSON of an unknown kind with the keys shapes", "b.zip: An archive", "Join", "tar -xf"):
        assert told in str(caught.value)
