"""Data sets as they are downloaded: JSON and zips of AI Hub. Whatever is wrong with a record is a finding, and the reading goes on."""

import io
import json
import zipfile
from functools import partial

from fuzz.frame import as_folder, target
from fuzz.structure import INSIDE, mutate_json, mutate_zip

ATTRIBUTES = {"font": "바탕", "type": "문장", "is_aug": False, "gender": "남", "age": "20"}
WORD = {"text": "가나", "attributes": ATTRIBUTES}


def _png():
    from PIL import Image

    stream = io.BytesIO()
    Image.new("L", (20, 10), 255).save(stream, "PNG")
    return stream.getvalue()


def seed_records():
    """A part of lines, and one of photographs."""
    images = [{"id": f"{number:08d}", "width": 20, "height": 10, "file_name": f"{number:08d}.png"} for number in range(3)]
    lines = [WORD | {"id": image["id"], "image_id": image["id"]} for image in images]
    boxes = [{"id": "1", "image_id": "00000000", "text": "가", "bbox": [1, 2, 8, 6], "attributes": {"class": "word"}}] * 2
    for annotations in (lines, boxes):
        text = json.dumps({"info": {"name": "x"}, "images": images, "annotations": annotations, "licenses": []}, ensure_ascii=False)
        yield text.encode()
        yield text.encode("utf-8-sig")
        yield text.encode("cp949")


def _read(folder):
    from ocr_crnn.data.aihub import read_aihub_font_images

    truth = read_aihub_font_images(folder)
    str(truth.report)
    len(truth.text)


@target(seed_records, ValueError, mutate_json)
def aihub_records(contents):
    """WrongDataSetError is a ValueError."""
    _read(as_folder({"printed_data_info.json": contents, "00000000.png": b"", "00000001.png": b""}, "aihub"))


def seed_zips():
    records = next(iter(seed_records()))
    for packing in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w", packing) as archive:
            archive.writestr("printed_data_info.json", records)
            for number in range(3):
                archive.writestr(f"sentence/{number:08d}.png", _png())
        yield stream.getvalue()


@target(seed_zips, ValueError, partial(mutate_zip, inside=INSIDE))
def aihub_zips(contents):
    """Beside a good part: a damaged zip does not end the reading of the others."""
    from ocr_crnn.data.aihub import read_aihub_font_images
    from ocr_crnn.data.validation import check_images

    good = next(iter(seed_records()))
    folder = as_folder({"01_printed.zip": contents, "printed_data_info.json": good, "00000000.png": _png()}, "zips")
    truth = read_aihub_font_images(folder)
    check_images(truth.pages, truth.report, workers=1)
    str(truth.report)


ROW_X, ROW_Y = [1, 1, 9, 9], [2, 8, 2, 8]
IMAGE = {"width": 20, "height": 10, "file_name": "a.png"}
BOXES = [{"data": "가나", "id": 1, "x": ROW_X, "y": ROW_Y}, {"data": "xxx", "id": "2", "x": ROW_X, "y": ROW_Y}]
POLYGON = {"text": "가", "points": [[1, 2], [9, 2], [9, 8], [1, 8]], "type": 1}
LABELS = {
    "public_documents": {
        "images": [{"image.category": "허가", "image.make.year": 2011, "image.width": 20, "image.height": 10, "image.file.name": "a.png"}],
        "annotations": [{"id": 1, "annotation.text": "제 목", "annotation.bbox": [1, 2, 8, 6]}] * 2,
    },
    "public_ocr": {"Dataset": {"category": 1}, "Images": IMAGE | {"identifier": "a", "year": 1997, "dpi": 300}, "Bbox": BOXES},
    "finance_logistics": {"Dataset": {"category": 1}, "Images": IMAGE | {"identifier": "a"}, "bbox": BOXES},
    "handwriting": {"Images": IMAGE | {"identifier": "a", "pen_type": "볼펜", "acquistion_location": 1}, "bbox": BOXES},
    "outdoor": {
        "images": [IMAGE], "annotations": [{"text": "xxx", "bbox": [1, 2, 8, 6]}, {"text": "가", "bbox": [-1, 2, 8, 6]}],
        "metadata": [{"wordorientation": "가로"}],
    },
    "finance_documents": {"name": "a", "images": [IMAGE], "annotations": [{"polygons": [POLYGON, POLYGON | {"type": 0}]}]},
    "character_forms": {"info": {"text": "가"}, "image": IMAGE, "text": {"word": [{"value": "가", "wordbox": [1, 2, 9, 8]}]}},
    "characters": {"image": IMAGE, "text": {"word": [{"value": "가"}, {"value": "나"}], "letter": {"value": "가"}}},
}  # fmt: skip


def seed_labels(*names):
    """The JSON of one image of each of the sets."""
    for name in names:
        text = json.dumps(LABELS[name], ensure_ascii=False)
        yield text.encode()
        yield text.encode("cp949")


def _read_any(folder):
    """What any reader makes of it; each is told by the records."""
    from ocr_crnn.data.aihub import read_aihub
    from ocr_crnn.data.validation import check_images

    truth = read_aihub(folder)
    check_images(truth.pages, truth.report, workers=1)
    str(truth.report)
    len(truth.text)
    truth.report.write_csv(folder.with_suffix(".csv"))


@target(partial(seed_labels, "public_documents", "outdoor"), ValueError, mutate_json)
def aihub_labels(contents):
    """Boxes of x, y, width, height."""
    _read_any(as_folder({"a.json": contents, "a.png": _png()}, "labels"))


@target(partial(seed_labels, "public_ocr", "finance_logistics", "handwriting"), ValueError, mutate_json)
def aihub_numbered(contents):
    """Corners as x[4] and y[4]."""
    _read_any(as_folder({"a.json": contents, "a.png": _png()}, "numbered"))


@target(partial(seed_labels, "finance_documents"), ValueError, mutate_json)
def aihub_polygons(contents):
    _read_any(as_folder({"a.json": contents, "a.png": _png()}, "polygons"))


@target(partial(seed_labels, "character_forms", "characters"), ValueError, mutate_json)
def aihub_characters(contents):
    _read_any(as_folder({"a.json": contents, "a.png": _png()}, "characters"))


def seed_label_zips():
    """Labels of every set in a zip, with their images."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, contents in enumerate(seed_labels(*LABELS)):
            archive.writestr(f"{number % 3}/{number}.json", contents.replace(b"a.png", b"%d.png" % number))
            archive.writestr(f"{number % 3}/{number}.png", _png())
    yield stream.getvalue()


@target(seed_label_zips, ValueError, partial(mutate_zip, inside=INSIDE))
def aihub_label_zips(contents):
    """Beside a good label: a damaged zip does not end the reading of the others."""
    good = next(seed_labels("handwriting"))
    _read_any(as_folder({"TL_1.zip": contents, "TS_1.zip": contents, "a.json": good, "a.png": _png()}, "label_zips"))
