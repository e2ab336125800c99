"""Annotations of other tools, one target a reader. Whatever is wrong with a record is a finding, and the reading goes on."""

import json
from dataclasses import replace

from fuzz.frame import as_folder, target
from fuzz.structure import mutate_json
from fuzz.targets.data_sets import _png
from fuzz.targets.writers import page_of, seed_pages

QUAD = [[2, 2], [18, 2], [18, 8], [2, 8]]


def _dump(record, *encodings):
    text = json.dumps(record, ensure_ascii=False)
    return [text.encode(encoding) for encoding in encodings or ("utf-8",)]


def _read(format, name, contents):
    """Read, and write to another format what has been read."""
    from ocr_crnn.data.annotations.writing import Writer
    from ocr_crnn.data.ground_truth import read_ground_truth

    folder = as_folder({name: contents, "a.png": _png(), "b.png": _png()}, format)
    truth = read_ground_truth(folder, format)
    str(truth.report)
    with Writer(as_folder({}, "written"), "labelme", truth.report) as writer:
        for page in truth.pages[:3]:
            writer.add(page)


def seed_label_studio():
    value = {"x": 10, "y": 20, "width": 50, "height": 40, "rotation": 10}
    shared = {"id": "r", "original_width": 20, "original_height": 10, "image_rotation": 0, "to_name": "image"}
    result = [
        shared | {"type": "rectangle", "from_name": "bbox", "value": value},
        shared | {"type": "textarea", "from_name": "transcription", "value": value | {"text": ["가나"]}, "score": 0.5, "meta": {"text": 1}},
        shared | {"id": "p", "type": "polygonlabels", "value": {"points": [[10, 10], [90, 10], [90, 90]], "polygonlabels": ["Text"]}},
    ]
    data = {"ocr": "/data/upload/1/0a1b2c3d-a.png", "ocr_crnn_unit": "word"}
    task = {"id": 1, "annotations": [{"id": 1, "result": result, "was_cancelled": False}], "data": data, "predictions": []}
    shape = value | {"original_width": 20, "original_height": 10}
    minimal = {"id": 2, "ocr": "/data/local-files/?d=x%2Fa.png", "bbox": [shape, shape], "transcription": ["가", "나"], "annotation_id": 3}
    yield from _dump([task, task | {"data": {"image": "b.png"}}], "utf-8", "utf-8-sig")
    yield from _dump([minimal])
    yield from _dump([{"data": {"image": "b.png"}, "predictions": [{"result": result, "model_version": "x"}]}])
    yield from _dump({"id": 1, "result": result, "task": {"data": {"image": "b.png"}}})


@target(seed_label_studio, ValueError, mutate_json)
def label_studio(contents):
    _read("labelstudio", "tasks.json", contents)


def seed_coco_text():
    annotation = {"id": 1, "image_id": 1, "mask": [2, 2, 18, 2, 18, 8, 2, 8], "bbox": [2, 2, 16, 6], "utf8_string": "가"}
    image = {"id": 1, "file_name": "a.png", "width": 20, "height": 10}
    yield from _dump({"anns": {"1": annotation, "2": annotation | {"legibility": "illegible"}}, "imgs": {"1": image}, "cats": {}})
    yield from _dump({"images": [image, image | {"id": "x"}], "annotations": [annotation | {"segmentation": [[2, 2, 18, 2, 18, 8]]}]})


@target(seed_coco_text, ValueError, mutate_json)
def coco_text(contents):
    _read("cocotext", "cocotext.json", contents)


def seed_labelme():
    shape = {"label": "가나", "points": QUAD, "shape_type": "polygon", "flags": {}, "description": ""}
    shapes = [shape, {**shape, "points": QUAD[::2], "shape_type": "rectangle", "description": "다"}]
    head = {"version": "5.5.0", "flags": {}, "imagePath": "..\\a.png", "imageHeight": 10, "imageWidth": 20, "imageData": None}
    yield from _dump(head | {"shapes": shapes}, "utf-8", "utf-8-sig")


@target(seed_labelme, ValueError, mutate_json)
def labelme(contents):
    _read("labelme", "a.json", contents)


def seed_paddleocr():
    records = [{"transcription": text, "points": QUAD, "difficult": False} for text in ("가나", "###")]
    lines = "".join(f"x/{name}.png\t{json.dumps(records, ensure_ascii=False)}\n" for name in "ab")
    yield lines.encode()
    yield lines.encode("cp949")
    yield "a.png\t가나\r\nb.png\t=1\n".encode()


@target(seed_paddleocr, ValueError)
def paddleocr(contents):
    _read("paddleocr", "Label.txt", contents)


def seed_page_xml():
    coords = '<Coords points="2,2 18,2 18,8 2,8"/>'
    equivalents = '<TextEquiv index="1" conf="0.5"><Unicode>가나</Unicode></TextEquiv>'
    words = f"<TextLine>{coords}<Baseline points='2,8 18,8'/><Word>{coords}{equivalents}</Word>{equivalents}</TextLine>"
    old = "<Coords><Point x='2' y='2'/><Point x='18' y='8'/></Coords>"
    order = "<ReadingOrder><OrderedGroup><RegionRefIndexed index='0' regionRef='r'/></OrderedGroup></ReadingOrder>"
    for year, inside in (("2019-07-15", coords + words), ("2010-03-19", old + equivalents)):
        page = f"<Page imageFilename='a.png' imageWidth='20' imageHeight='10'>{order}<TextRegion id='r'>{inside}</TextRegion></Page>"
        yield f"<PcGts xmlns='http://schema.primaresearch.org/PAGE/gts/pagecontent/{year}'>{page}</PcGts>".encode()
    yield b"<!DOCTYPE PcGts [<!ENTITY a 'x'><!ENTITY b '&a;&a;&a;'>]><PcGts>&b;</PcGts>"


@target(seed_page_xml, ValueError)
def page_xml(contents):
    _read("pagexml", "a.xml", contents)


def seed_text_table():
    text = 'file,text,font\na.png,"가,나",바탕\nx/b.png,\'=1,\n'
    yield from (text.encode(encoding) for encoding in ("utf-8", "utf-8-sig", "cp949", "utf-16"))
    yield "a.png\t가 나\nb.png\t1,000원\n".encode()


@target(seed_text_table, ValueError)
def text_table(contents):
    _read("csv", "lines.csv", contents)


@target(lambda: ["가나 다\n".encode(), "가나".encode("cp949"), "두\n줄".encode("utf-8-sig")], ValueError)
def text_files(contents):
    _read("pairs", "a.gt.txt", contents)


@target(seed_page_xml, ValueError)
def xml_text(contents):
    from ocr_crnn.untrusted.xml_text import parse_xml

    parse_xml(contents, "a.xml")


@target(seed_pages, ValueError, mutate_json)
def annotation_writers(contents):
    """Any Page in one of the formats, by its bytes, and read again."""
    from ocr_crnn.data.annotations.writing import TARGETS, Writer
    from ocr_crnn.data.ground_truth import read_ground_truth
    from ocr_crnn.data.validation import ValidationReport

    page = page_of(contents)
    if page is None:
        return
    image = as_folder({"a.png": _png()}, "image") / "a.png"
    format, folder = sorted(TARGETS)[sum(contents) % len(TARGETS)], as_folder({}, "written")
    with Writer(folder, format, ValidationReport()) as writer:
        writer.add(replace(page, image_path=str(image), size=(10, 20)))
    if writer.counts["images"]:
        str(read_ground_truth(folder, format.removesuffix("-lines")).report)
