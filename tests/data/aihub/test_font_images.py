import json
import unicodedata

import numpy as np
import pytest
from aihub_fixture import line_records, png, printed_set, write_images, write_json, write_zip

from ocr_crnn.data.aihub import WrongDataSetError, describe_json, read_aihub_font_images
from ocr_crnn.data.aihub.font_images import part_of

TEXTS = ["계약서", "제1조", "가나다"]


def texts_by_name(gt):
    return {page.image_path.replace("\\", "/").rpartition("/")[2]: page.texts[0] for page in gt.pages}


def counts(gt):
    return dict(gt.report.counts)


def test_lines_are_joined_by_id_though_the_orders_differ(tmp_path):
    printed_set(tmp_path)
    gt = read_aihub_font_images(tmp_path)
    assert texts_by_name(gt) == {"00000000.png": "계약서", "00000001.png": "제1조", "00000002.png": "가나다"}
    page = gt.pages[0]
    assert page.unit == "line"
    assert page.size == (10, 20)
    assert page.quads.tolist() == [[[0, 0], [20, 0], [20, 10], [0, 10]]]
    assert page.attributes[0] == {"font": "바탕", "type": "문장", "is_aug": False, "kind": "sentence", "part": "printed"}
    assert counts(gt) == {}
    assert gt.report.facts == {"json_files": 1, "images_used": 3, "texts": 3, "images of 한국어 글자체 이미지 (81)": 3}


def test_no_image_is_opened(tmp_path):
    folder = printed_set(tmp_path)
    for path in folder.rglob("*.png"):
        path.write_bytes(b"")
    assert len(read_aihub_font_images(tmp_path)) == 3


@pytest.mark.parametrize("place", ["folder", "part", "zip"])
def test_read_straight_from_the_downloaded_zips(tmp_path, place):
    images, annotations = line_records(TEXTS)
    folder = tmp_path / "13.한국어글자체" / "02.인쇄체"
    write_json(folder / "printed_data_info.json", images, annotations)
    archive = write_zip(folder / "01_printed_sentence_images.zip", {f"문장/{image['file_name']}": png() for image in images})
    gt = read_aihub_font_images({"folder": tmp_path, "part": folder, "zip": archive}[place])
    assert gt.text == [["계약서"], ["제1조"], ["가나다"]]
    assert gt.image_names[0] == f"{archive}::문장/00000000.png"
    assert gt.sample(0)[1].shape == (10, 20, 3)
    assert counts(gt) == {}


def test_json_inside_a_zip(tmp_path):
    images, annotations = line_records(TEXTS[:1])
    path = write_json(tmp_path / "json" / "printed_data_info.json", images, annotations)
    archive = write_zip(tmp_path / "only.zip", {"a/printed_data_info.json": path.read_bytes(), "a/00000000.png": png()})
    assert read_aihub_font_images(archive).text == [["계약서"]]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp949"])
def test_encodings_of_the_json(tmp_path, encoding):
    images, annotations = line_records(TEXTS)
    write_json(tmp_path / "printed_data_info.json", images, annotations, encoding)
    write_images(tmp_path / "sentence", images)
    assert read_aihub_font_images(tmp_path).text == [[text] for text in TEXTS]


def test_kinds(tmp_path):
    folder = tmp_path / "02.인쇄체"
    parts = [line_records(["가"], 0, "글자(음절)"), line_records(["단어"], 10, "단어(어절)"), line_records(["문장 하나"], 20, "문장")]
    images, annotations = (sum(lists, []) for lists in zip(*parts, strict=True))
    annotations.append({"id": "30", "image_id": "30", "text": "x", "attributes": {"type": "??"}})
    images.append({"id": "30", "width": 9, "height": 9, "file_name": "00000030.png"})
    write_json(folder / "printed_data_info.json", images, annotations)
    write_images(folder, images)
    for kind, expected in [("syllable", [["가"]]), ("word", [["단어"]]), ("sentence", [["문장 하나"]])]:
        gt = read_aihub_font_images(tmp_path, kind=kind)
        assert gt.text == expected
        assert counts(gt) == {"unknown_type": 1}, "images of other kinds are no finding"
    assert len(read_aihub_font_images(tmp_path)) == 4
    with pytest.raises(ValueError, match="kind is one of.*Received: kind='line'"):
        read_aihub_font_images(tmp_path, kind="line")


def test_parts_are_kept_apart_though_their_ids_collide(tmp_path):
    printed_set(tmp_path, ["인쇄"])
    printed_set(tmp_path, ["증강"], "03.인쇄체 증강데이터", "augmentation_data_info.json")
    images, annotations = line_records(["손"], gender="여", age="28", job="직장인")
    write_json(tmp_path / "01.손글씨" / "handwriting_data_info_clean.json", images, annotations)
    write_zip(tmp_path / "01.손글씨" / "01_handwriting_sentence_images.zip", {"1_sentence/00000000.png": png()})
    for part, text in [("printed", "인쇄"), ("augmentation", "증강"), ("handwriting", "손")]:
        gt = read_aihub_font_images(tmp_path, part=part)
        assert gt.text == [[text]] and counts(gt) == {}
        assert gt.pages[0].attributes[0]["part"] == part
    assert gt.pages[0].attributes[0]["age"] == "28"
    assert len(read_aihub_font_images(tmp_path)) == 3
    with pytest.raises(WrongDataSetError, match="part='wild'.*augmentation, handwriting, printed"):
        read_aihub_font_images(tmp_path, part="wild")


def test_clean_json_supersedes_the_older_download(tmp_path):
    for name, text in [("handwriting_data_info1.json", "옛"), ("handwriting_data_info_clean.json", "새")]:
        images, annotations = line_records([text])
        write_json(tmp_path / "01.손글씨" / name, images, annotations)
    write_images(tmp_path / "01.손글씨" / "1_sentence", images)
    gt = read_aihub_font_images(tmp_path)
    assert gt.text == [["새"]] and counts(gt) == {"json_superseded": 1}


def test_inner_folder_repeated(tmp_path):
    folder = printed_set(tmp_path)
    (folder / "sentence").rename(folder / "x")
    (folder / "01_printed_sentence_images" / "01_printed_sentence_images").mkdir(parents=True)
    (folder / "x").rename(folder / "01_printed_sentence_images" / "01_printed_sentence_images" / "sentence")
    assert len(read_aihub_font_images(tmp_path)) == 3


def change(record, **values):
    return record | values


# Each case changes the images and annotations of three lines; then the kept names and the findings.
LINE_QUIRKS = {
    "no annotation": (lambda i, a: (i, a[:2]), [1, 2], {"image_without_annotation": 1}),
    "no image record": (lambda i, a: (i[:2], a), [0, 1], {"annotation_without_image": 1, "image_without_record": 1}),
    "null text": (lambda i, a: (i, [change(a[0], text=None), *a[1:]]), [0, 1], {"null_text": 1}),
    "empty text": (lambda i, a: (i, [change(a[0], text="  "), *a[1:]]), [0, 1], {"empty_text": 1}),
    "stray jamo": (lambda i, a: (i, [change(a[0], text="국ㅇㄴ"), *a[1:]]), [0, 1, 2], {"stray_jamo": 1}),
    "NFD text": (lambda i, a: (i, [change(x, text=unicodedata.normalize("NFD", x["text"])) for x in a]), [0, 1, 2], {"text_not_nfc": 3}),
    "duplicate annotation": (lambda i, a: (i, [*a, change(a[0], text="둘")]), [0, 1, 2], {"duplicate_annotation": 1}),
    "duplicate image id": (lambda i, a: ([*i, i[0]], a), [0, 1, 2], {"duplicate_image": 1}),
    "duplicate name": (
        lambda i, a: ([i[0], change(i[1], file_name=i[0]["file_name"]), i[2]], a),
        [0, 2],
        {"duplicate_image": 1, "image_without_record": 1},
    ),
    "ids as int": (lambda i, a: ([change(x, id=int(x["id"])) for x in i], a), [0, 1, 2], {}),
    "no image_id": (lambda i, a: (i, [{k: v for k, v in x.items() if k != "image_id"} for x in a]), [0, 1, 2], {}),
    "no extension": (lambda i, a: ([change(x, file_name=x["file_name"][:-4]) for x in i], a), [0, 1, 2], {}),
    "no attributes": (lambda i, a: (i, [{k: v for k, v in x.items() if k != "attributes"} for x in a]), [0, 1, 2], {"unknown_type": 3}),
    "attributes no object": (lambda i, a: (i, [change(x, attributes="?") for x in a]), [0, 1, 2], {"unknown_type": 3, "bad_attributes": 3}),
    "an attribute no value": (
        lambda i, a: (i, [change(a[0], attributes=a[0]["attributes"] | {"font": ["바탕"]}), *a[1:]]),
        [0, 1, 2],
        {"bad_attributes": 1},
    ),
    "text no text": (lambda i, a: (i, [change(a[0], text={"a": 1}), change(a[1], text=[["x"]]), a[2]]), [0], {"bad_text": 2}),
    "id of a superscript": (lambda i, a: ([*i, change(i[0], id="²", file_name="b.png")], a), [0, 1, 2], {"image_without_annotation": 1}),
    "id of 5,000 digits": (
        lambda i, a: ([*i, change(i[0], id="9" * 5000, file_name="b.png")], a),
        [0, 1, 2],
        {"image_without_annotation": 1},
    ),
    "id no value": (lambda i, a: ([*i, change(i[0], id={"a": []}, file_name=["b"])], a), [0, 1, 2], {"image_without_annotation": 1}),
    "half a pixel": (lambda i, a: ([change(i[0], width=0.5), *i[1:]], a), [0, 1, 2], {"bad_size": 1}),
    "extra keys": (lambda i, a: ([change(x, usd=1) for x in i], [change(x, word_ud=None) for x in a]), [0, 1, 2], {}),
    "records no objects": (lambda i, a: ([*i, 7, None], [*a, "x", [1]]), [0, 1, 2], {"bad_record": 2}),
    "record without id": (lambda i, a: ([*i, {"width": 1}], [*a, {"text": "x"}]), [0, 1, 2], {"bad_record": 2}),
    "size from the header": (lambda i, a: ([change(x, width=None, height="?") for x in i], a), [0, 1, 2], {"bad_size": 3}),
    "negative size": (lambda i, a: ([change(i[0], width=-5), *i[1:]], a), [0, 1, 2], {"bad_size": 1}),
}


@pytest.mark.parametrize("quirk", LINE_QUIRKS)
def test_line_quirks(tmp_path, quirk):
    modify, kept, findings = LINE_QUIRKS[quirk]
    folder = printed_set(tmp_path, TEXTS)
    images, annotations = line_records(TEXTS)
    write_json(folder / "printed_data_info.json", *modify(images, annotations))
    gt = read_aihub_font_images(tmp_path)
    assert sorted(texts_by_name(gt)) == [f"0000000{index}.png" for index in kept]
    assert counts(gt) == findings
    assert all(page.size == (10, 20) for page in gt.pages)
    assert all(unicodedata.is_normalized("NFC", text) for [text] in gt.text)


def test_files_absent_and_files_not_listed(tmp_path):
    folder = printed_set(tmp_path)
    (folder / "sentence" / "00000001.png").unlink()
    (folder / "sentence" / "00192258.png").write_bytes(png())
    gt = read_aihub_font_images(tmp_path)
    assert sorted(texts_by_name(gt)) == ["00000000.png", "00000002.png"]
    assert counts(gt) == {"image_missing": 1, "image_without_record": 1}
    assert [row[0] for row in gt.report.rows] == ["image_missing", "image_without_record"]


@pytest.mark.parametrize("cut", ["images", "annotations", "syntax"])
def test_a_json_that_breaks_off(tmp_path, cut):
    folder = printed_set(tmp_path)
    path = folder / "printed_data_info.json"
    text = path.read_text(encoding="utf-8")
    place = {"images": '"00000002.png"', "annotations": '"id": "00000000", "image_id"', "syntax": '"id": "00000000", "image_id"'}[cut]
    text = text.replace(place, "@" + place) if cut == "syntax" else text[: text.index(place)]
    path.write_text(text, encoding="utf-8")
    gt = read_aihub_font_images(tmp_path)
    assert gt.report.counts["json_damaged"] == 1
    assert len(gt) == (0 if cut == "images" else 2)


def photo(annotations, width=200, height=100, name="00C6DD18C320D0A8E8E26AFA84AB5555.jpg"):
    images = [{"id": "00000001", "width": width, "height": height, "file_name": name, "type": "traffic sign"}]
    rows = [
        {"id": f"{index:08d}", "image_id": "00000001", "text": text, "bbox": box, "attributes": {"class": row_class}}
        for index, (text, box, row_class) in enumerate(annotations)
    ]
    return images, rows


def wild_set(root, images, annotations):
    folder = root / "04. Text in the wild_230209_add"
    write_json(folder / "textinthewild_data_info.json", images, annotations)
    write_images(folder / "01_textinthewild_traffic_sign_images_new" / "Traffic_Sign", images)
    return root


def test_photographs(tmp_path):
    boxes = [
        ("서울", [10, 20, 60, 30], "word"), ("서", [10, 20, 30, 30], "character"), (None, [5, 5, 10, 10], "ignored"),
        ("", [90, 5, 10, 10], "word"), ("부산", [-10, 80, 60, 30], "word"), ("0", [0, 0, 0, 10], "word"),
        ("x", [1, 2, 3], "word"), ("y", [1, None, 3, 4], "word"), ("z", None, "word"), ("밖", [300, 10, 20, 20], "word"),
        ("둘이", [150, 10, 20, 20], "character"),
    ]  # fmt: skip
    gt = read_aihub_font_images(wild_set(tmp_path, *photo(boxes)), part="wild")
    [page] = gt.pages
    assert list(page.texts) == ["서울", "서", None, None, "부산", "둘이"]
    assert page.quads[0].tolist() == [[10, 20], [70, 20], [70, 50], [10, 50]]
    assert page.quads[4].tolist() == [[0, 80], [50, 80], [50, 100], [0, 100]]
    assert page.attributes[0] == {"class": "word", "kind": "word", "part": "wild", "photo": "traffic sign"}
    assert counts(gt) == {"empty_text": 1, "box_outside": 1, "empty_box": 2, "bad_box": 3, "long_character": 1}
    words = read_aihub_font_images(tmp_path, kind="word").pages[0]
    assert list(words.texts) == ["서울", None, None, "부산"]
    assert list(read_aihub_font_images(tmp_path, kind="syllable").pages[0].texts) == ["서", None, "둘이"]


def test_a_photograph_listed_twice(tmp_path):
    images, annotations = photo([("서울", [10, 20, 60, 30], "word")])
    images.append(images[0] | {"id": "00000009"})
    annotations.append(annotations[0] | {"id": "9", "image_id": "00000009"})
    gt = read_aihub_font_images(wild_set(tmp_path, images, annotations))
    assert gt.num_images == 1 and counts(gt) == {"duplicate_image": 1}


def test_part_by_name(tmp_path):
    root = tmp_path / "13.한국어글자체"
    names = {
        "03.인쇄체 증강데이터/augmentation_data1.zip::a/b.png": "augmentation",
        "04. Text in the wild/01_textinthewild_book_images_new.zip::book/b.jpg": "wild",
        "01.손글씨/1_sentence/b.png": "handwriting",
        unicodedata.normalize("NFD", "02.인쇄체/word/b.png"): "printed",
        "other/b.png": None,
    }
    assert {name: part_of(root / name, root) for name in names} == names


@pytest.mark.parametrize("part", ["printed", "handwriting", "augmentation", "wild"])
def test_a_renamed_json_is_told_by_its_records(tmp_path, part):
    extra = {"printed": {}, "handwriting": {"age": "7"}, "augmentation": {"is_aug": True}, "wild": {}}[part]
    images, annotations = photo([("서울", [1, 2, 9, 9], "word")]) if part == "wild" else line_records(["가"], **extra)
    write_json(tmp_path / "renamed.json", images, annotations)
    write_images(tmp_path / "pictures", images)
    assert read_aihub_font_images(tmp_path, part=part).pages[0].attributes[0]["part"] == part


OTHER_SETS = {
    "공공행정문서 OCR (88)": {"images": [{"image.make.code": "5350069"}], "annotations": [{"annotation.text": "제 목"}]},
    "OCR 데이터(공공) (71299)": {"Annotation": {}, "Dataset": {}, "Images": {"dpi": 300}, "Bbox": [{"data": "가", "x": [1]}]},
    "OCR 데이터(금융 및 물류)": {"Images": {"dpi": 300}, "bbox": [{"data": "가", "x": [1]}]},
    "대용량 손글씨 OCR (605)": {"Images": {"pen_type": "1", "acquistion_location": "2"}, "bbox": [{"data": "가"}]},
    "야외 실제 촬영 한글 이미지 (105)": {"images": [{"file_name": "a"}], "annotations": [{"text": "xxx"}], "metadata": [{"a": "가로"}]},
    "금융업 특화 문서 OCR (632)": {"name": "a", "images": [{"width": 1}], "annotations": [{"polygons": [{"text": "가"}]}]},
    "다양한 형태의 한글 문자 OCR (91)": {"info": {"text": "가"}, "image": {"file_name": "a"}, "text": {"letter": {"value": "가"}}},
    "unknown kind with the keys shapes, version": {"version": "5", "shapes": [1]},
}  # fmt: skip


@pytest.mark.parametrize("name", OTHER_SETS)
def test_another_data_set_is_named(tmp_path, name):
    (tmp_path / "a.json").write_text(json.dumps(OTHER_SETS[name], ensure_ascii=False), encoding="utf-8")
    assert name in describe_json(tmp_path / "a.json")
    with pytest.raises(WrongDataSetError) as caught:
        read_aihub_font_images(tmp_path)
    assert name in str(caught.value) and "Received:" in str(caught.value) and "printed_data_info.json" in str(caught.value)


def test_folders_with_nothing_to_read(tmp_path):
    with pytest.raises(FileNotFoundError, match="Received"):
        read_aihub_font_images(tmp_path / "없는 폴더")
    with pytest.raises(WrongDataSetError, match="0 files"):
        read_aihub_font_images(tmp_path)
    (tmp_path / "01_printed_images.zip.part0").write_bytes(b"PK")
    with pytest.raises(WrongDataSetError, match=r"joined first: ls -v NAME.zip.part\*"):
        read_aihub_font_images(tmp_path)
    (tmp_path / "printed_data_info.json").write_bytes(b"")
    with pytest.raises(WrongDataSetError, match="unknown kind with the keys none, damaged: .*premature EOF"):
        read_aihub_font_images(tmp_path)
    (tmp_path / "printed_data_info.json").write_text('{"images": [{"width": 1' + "0" * 400)
    with pytest.raises(WrongDataSetError, match="unknown kind with the keys images, damaged: a number of more than 300 digits"):
        read_aihub_font_images(tmp_path)


def test_a_json_told_by_strange_records_and_boxes(tmp_path):
    images, annotations = line_records(TEXTS)
    write_json(tmp_path / "mine.json", images, [change(annotations[0], attributes="x"), *annotations[1:]])
    write_images(tmp_path, images)
    assert counts(read_aihub_font_images(tmp_path))["bad_attributes"] == 1
    boxes = ["1234", {"1": 0, "2": 0, "3": 0, "4": 0}, [1e200, 0, 5, 5], [0, 0, 5], [[0], 0, 5, 5], None, [0, 0, 50, 50]]
    wild_set(tmp_path / "wild", *photo([("가", box, "word") for box in boxes]))
    gt = read_aihub_font_images(tmp_path / "wild")
    assert gt.report.counts["bad_box"] == 5 and gt.report.counts["empty_box"] == 1 and [len(page) for page in gt.pages] == [1]


def test_details_of_findings_are_short(tmp_path):
    folder = printed_set(tmp_path)
    images, annotations = line_records(TEXTS)
    write_json(folder / "printed_data_info.json", images, [change(a, attributes="x" * 100_000) for a in annotations])
    report = read_aihub_font_images(tmp_path).report
    assert report.counts["bad_attributes"] == 3 and max(len(row[2]) for row in report.rows) == 1000


def test_memory_is_bounded_by_what_is_asked_for(tmp_path):
    """A JSON of 20,000 syllables and 3 sentences: reading the sentences keeps the sentences."""
    import tracemalloc

    sets = [line_records(["가"] * 20_000, 0, "글자(음절)", font="x" * 500), line_records(TEXTS, 50_000)]
    images, annotations = (sum(lists, []) for lists in zip(*sets, strict=True))
    path = write_json(tmp_path / "02.인쇄체" / "printed_data_info.json", images, annotations)
    write_images(tmp_path / "02.인쇄체", images[-3:])
    del images, annotations, sets
    tracemalloc.start()
    gt = read_aihub_font_images(tmp_path, kind="sentence")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(gt) == 3
    assert peak < path.stat().st_size / 2


def test_pages_hold_float32_quads(tmp_path):
    printed_set(tmp_path)
    assert read_aihub_font_images(tmp_path).pages[0].quads.dtype == np.float32
