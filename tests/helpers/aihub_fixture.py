"""A look-alike of AI Hub 한국어 글자체 이미지, small, written to a folder or to zips named as Korean Windows names them."""

import io
import json
import zipfile

import numpy as np
from PIL import Image


def png(width=20, height=10, value=255):
    """An encoded grey PNG."""
    buffer = io.BytesIO()
    Image.fromarray(np.full((height, width), value, np.uint8)).save(buffer, "PNG")
    return buffer.getvalue()


def line_records(texts, first_id=0, type_name="문장", width=20, height=10, **attributes):
    """images[] and annotations[] of a printed or handwritten part; the annotations stand in reverse order."""
    ids = [f"{first_id + index:08d}" for index in range(len(texts))]
    images = [{"id": i, "width": width, "height": height, "file_name": f"{i}.png", "date_captured": "2019-10-01 09:00:00"} for i in ids]
    annotations = [
        {"id": i, "image_id": i, "text": text, "attributes": {"font": "바탕", "type": type_name, "is_aug": False} | attributes}
        for i, text in zip(ids, texts, strict=True)
    ]
    return images, annotations[::-1]


def write_json(path, images, annotations, encoding="utf-8"):
    document = {"info": {"name": "look-alike"}, "images": images, "annotations": annotations, "licenses": [{"name": "x"}]}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document, ensure_ascii=False), encoding=encoding)
    return path


def write_images(folder, images, contents=None):
    folder.mkdir(parents=True, exist_ok=True)
    for image in images:
        (folder / image["file_name"]).write_bytes(contents or png(image["width"], image["height"]))


class RawNamed(zipfile.ZipInfo):
    """A zip member whose name is written as the given bytes, without the flag that would declare them UTF-8."""

    def __init__(self, name, encoding):
        super().__init__(name)
        self.raw_name = name.encode(encoding)

    def _encodeFilenameFlags(self):
        return self.raw_name, 0


def write_zip(path, members, encoding="cp949"):
    """A zip as Korean Windows writes it. members: name → bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        for name, contents in members.items():
            archive.writestr(RawNamed(name, encoding), contents)
    return path


def printed_set(root, texts=("계약서", "제1조", "가나다"), part="02.인쇄체_230721_add", name="printed_data_info.json"):
    """An unpacked printed part with one sentence image a text; returns the part's folder."""
    images, annotations = line_records(list(texts))
    write_json(root / part / name, images, annotations)
    write_images(root / part / "sentence", images)
    return root / part
