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
