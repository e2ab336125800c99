"""Look-alikes of the sets of AI Hub that have one JSON an image: their layouts, names and keys, with made-up texts.

    fake = FAKES["handwriting"]
    fake.write(tmp_path, {"IMG_OCR_53_4PO_09451": ["가나", "xxx"]})

Texts stand in boxes of 20 × 10 px, one below the other. `change` is what a quirk does to the JSON of an image.
"""

import io
import json
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from aihub_fixture import write_zip
from PIL import Image

WIDTH, HEIGHT = 120, 80


def picture(suffix="png", width=WIDTH, height=HEIGHT, orientation=None):
    """An encoded picture with a dark first column; orientation: of EXIF."""
    pixels = np.full((height, width), 255, np.uint8)
    pixels[:, :8] = 0
    stream, exif = io.BytesIO(), Image.Exif()
    if orientation:
        exif[0x0112] = orientation
    Image.fromarray(pixels).save(stream, {"png": "PNG"}.get(suffix, "JPEG"), exif=exif)
    return stream.getvalue()


def box(row):
    """x, y, width, height of a row."""
    return [10, 5 + 15 * row, 20, 10]


def sides(row):
    """x and y of a row's corners as the numbered sets have them: no ring."""
    x, y, width, height = box(row)
    return [x, x, x + width, x + width], [y, y + height, y, y + height]


def write_layout(root, members, packed=True):
    """members: "folder/name.zip::member" → bytes. packed: False unpacks every zip into a folder of its name."""
    zips = {}
    for path, contents in members.items():
        archive, mark, member = path.partition("::")
        if mark and packed:
            zips.setdefault(archive, {})[member] = contents
        else:
            target = root / (f"{archive.removesuffix('.zip')}/{member}" if mark else path)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(contents)
    for archive, held in zips.items():
        write_zip(root / archive, held)


@dataclass(frozen=True)
class Fake:
    """name: of the set, as it is told. label, image: the place of each, of a stem and a split. document: `(stem, texts) → JSON`."""

    name: str
    reader: str
    label: Callable
    image: Callable
    document: Callable
    suffix: str = "jpg"

    def members(self, texts, split="training", change=None, encoding="utf-8", orientation=None):
        """{path: bytes} of images and labels. texts: `{stem: [text, …]}`. change: `document → document`."""
        found = {}
        for stem, held in texts.items():
            document = self.document(stem, held)
            document = change(document) if change else document
            found[self.label(stem, split)] = json.dumps(document, ensure_ascii=False).encode(encoding)
            found[f"{self.image(stem, split)}.{self.suffix}"] = picture(self.suffix, orientation=orientation)
        return found

    def write(self, root, texts, packed=True, **arguments):
        write_layout(root, self.members(texts, **arguments), packed)
        return root


def training(split, yes, no):
    return yes if split == "training" else no


def public_document(stem, texts):
    code, year, *_ = stem.split("-")
    image = {"category": "인.허가", "make.code": code, "make.year": year, "width": WIDTH, "height": HEIGHT, "file.name": f"{stem}.jpg"}
    rows = [
        {
            "id": index,
            "annotation.type": "rectangle",
            "annotation.ttype": "textType1",
            "annotation.text": text,
            "annotation.bbox": box(index),
        }
        for index, text in enumerate(texts)
    ]
    return {"images": [{f"image.{name}": value for name, value in image.items()}], "annotations": rows}


def numbered_document(boxes, suffix, **images):
    """The family of Annotation, Dataset, Images and Bbox or bbox."""

    def document(stem, texts):
        rows = [{"data": text, "id": index + 1, "x": sides(index)[0], "y": sides(index)[1]} for index, text in enumerate(texts)]
        about = {"identifier": stem, "name": "look-alike", "category": 3, "type": 0, "label_path": "a", "src_path": "b"}
        return {
            "Annotation": {"object_recognition": 1, "text_language": 1},
            "Dataset": about,
            "Images": {"identifier": stem, "type": suffix, "width": WIDTH, "height": HEIGHT} | images,
            boxes: rows,
        }

    return document


def outdoor(stem, texts):
    rows = [{"id": index, "text": text, "bbox": box(index)} for index, text in enumerate(texts)]
    images = [{"width": WIDTH, "height": HEIGHT, "file_name": f"{stem}.jpg"}]
    return {"images": images, "annotations": rows, "metadata": [{"wordorientation": "가로"}]}


def polygons(stem, texts):
    rows = []
    for index, text in enumerate(texts):
        (left, _, _, right), (top, bottom, _, _) = sides(index)
        # begins at the bottom left and runs against the clock
        rows.append({"text": text, "points": [[left, bottom], [right, bottom], [right, top], [left, top]], "type": 1 + index % 2})
    return {"name": stem, "images": [{"width": WIDTH, "height": HEIGHT}], "annotations": [{"polygons": rows}]}


def form(stem, texts):
    words = [
        {"value": text, "wordbox": [x, y, x + w, y + h]} for text, (x, y, w, h) in zip(texts, map(box, range(len(texts))), strict=True)
    ]
    return _forms(stem, {"word": words}, " ".join(filter(None, texts)))


def written_word(stem, texts):
    """The characters of one word, each by itself."""
    return _forms(stem, {"word": [{"value": character} for character in texts[0] or ""]}, texts[0])


def written_letter(stem, texts):
    return _forms(stem, {"letter": {"value": texts[0]}}, texts[0])


def _forms(stem, text, whole):
    image = {"file_name": f"{stem}.jpg", "width": WIDTH, "height": HEIGHT}
    return {"info": {"name": "look-alike", "text": whole}, "image": image, "text": text}


def _public(kind, role):
    def path(stem, split):
        code, year, *_ = stem.split("-")
        archive = training(split, f"Training/[{kind}]train{'' if kind == '라벨' else 1}", f"Validation/[{kind}]validation")
        suffix = ".json" if kind == "라벨" else ""
        role_name = role if split == "training" else role.replace("(jpg)", "(Jpg)")
        return f"공공행정문서 OCR/{archive}.zip::{role_name}/인.허가/{code}/{year}/{stem}{suffix}"

    return path


def _numbered(folder, middle):
    def of(number, kind, letter):
        def path(stem, split):
            role = f"{number}.{kind}데이터"
            archive = f"{training(split, 'T', 'V')}{letter}_{middle}"
            suffix = ".json" if letter == "L" else ""
            return f"{folder}/01-1.정식개방데이터/{training(split, 'Training', 'Validation')}/{role}/{archive}.zip::{stem}{suffix}"

        return path

    return of("02", "라벨링", "L"), of("01", "원천", "S")


def _handwriting(kind, archive, suffix):
    def path(stem, split):
        inner = f"HW-OCR/4.Validation/P.Paper/O.Form/{stem}{suffix}"
        of = training(split, "1.Training", "2.Validation")
        name = archive if split == "training" else archive.replace("T", "V", 1)
        return f"053.대용량 손글씨 OCR 데이터/01.데이터/{of}/{kind}데이터/{name}.zip::{inner}"

    return path


def _outdoor(kind, suffix):
    def path(stem, split):
        of = training(split, "1.Training", "2.Validation")
        return f"030.야외 실제 촬영 한글 이미지/{of}/{kind}데이터/1.간판/1.가로형간판.zip::가로형간판1/{stem}{suffix}"

    return path


def _photographs(folder):
    def of(kind, letter, suffix):
        def path(stem, split):
            name = training(split, "1. Training", "2. Validation")
            return f"{folder}/01.데이터/{name}/{kind}데이터/{training(split, 'T', 'V')}{letter}1.zip::{stem}{suffix}"

        return path

    return of("라벨링", "L", ".json"), of("원천", "S", "")


def _character_forms(writing, inner):
    def of(kind, suffix):
        def path(stem, split):
            name = training(split, "Training", "Validation")
            return f"다양한 형태의 한글 문자 OCR/{name}/[{kind}]{name}_{writing}.zip::{inner}/{stem}{suffix}"

        return path

    return of("라벨", ".json"), of("원천", "")


_HAND = {
    "acquistion_location": 1,
    "application_field": "기업",
    "background": 0,
    "data_captured": "2021-10-01",
    "media_type": 1,
    "pen_color": "검정",
    "pen_type": "볼펜",
    "writer_age": 30,
    "writer_sex": 1,
    "written_content": "주소",
}
_PAPER = {"dpi": 300, "writing_style": 2, "group": 1, "year": 1997}
_COMMERCIAL = "OCR 데이터(금융 및 물류)"

FAKES = {
    "public documents": Fake(
        "공공행정문서 OCR (88)",
        "read_aihub_public_documents",
        _public("라벨", "01.라벨링데이터(Json)"),
        _public("원천", "02.원천데이터(jpg)"),
        public_document,
    ),
    "public ocr": Fake(
        "OCR 데이터(공공) (71299)",
        "read_aihub_public_ocr",
        *_numbered("023.OCR 데이터(공공)", "OCR(public)_AF_2010_5270218_0001"),
        numbered_document("Bbox", "jpg", **_PAPER),
    ),
    "finance and logistics": Fake(
        _COMMERCIAL,
        "read_aihub_finance_logistics",
        *_numbered(f"025.{_COMMERCIAL}", "은행_1.신고서"),
        numbered_document("bbox", "png", **_PAPER),
        "png",
    ),
    "handwriting": Fake(
        "대용량 손글씨 OCR (605)",
        "read_aihub_handwriting",
        _handwriting("라벨링", "TL", ".json"),
        _handwriting("원천", "TS2", ""),
        numbered_document("bbox", "png", **_HAND),
        "png",
    ),
    "outdoor": Fake(
        "야외 실제 촬영 한글 이미지 (105)", "read_aihub_outdoor", _outdoor("라벨링", ".json"), _outdoor("원천", ""), outdoor, "JPG"
    ),
    "finance documents": Fake(
        "금융업 특화 문서 OCR (632)", "read_aihub_finance_documents", *_photographs("055.금융업 특화 문서 OCR 데이터"), polygons
    ),
    "packaging": Fake("의약품·화장품 패키징 OCR", "read_aihub_packaging", *_photographs("056.의약품, 화장품 패키징 OCR 데이터"), polygons),
    "forms": Fake("다양한 형태의 한글 문자 OCR (91)", "read_aihub_character_forms", *_character_forms("인쇄체", "001"), form),
    "written words": Fake(
        "다양한 형태의 한글 문자 OCR (91)", "read_aihub_character_forms", *_character_forms("필기체", "2.단어/7"), written_word
    ),
    "written letters": Fake(
        "다양한 형태의 한글 문자 OCR (91)", "read_aihub_character_forms", *_character_forms("필기체", "1.글자/7"), written_letter
    ),
}
STEM = {"public documents": "5350069-2011-0001-00", "handwriting": "IMG_OCR_53_4PO_094", "outdoor": "간판_가로형간판_0000"}


def stems(name, count):
    """File stems as a set has them."""
    return [f"{STEM.get(name, '001100110')}{number:02d}" for number in range(count)]
