"""The JSON of 한국어 글자체 이미지 as a stream of records, and the rules by which records become Pages.

The files reach hundreds of megabytes, so they are parsed in pieces (two passes: annotations, then images) and only what
was asked for is kept. A damaged record, or a file that breaks off, is a finding of the report, never the end.
"""

import codecs
import contextlib
import re
import unicodedata

import ijson
import numpy as np

from ocr_crnn.data.samples import ARCHIVE_MARK, UnreadableImageError, measure_image, open_archive
from ocr_crnn.geometry import boxes_to_quads
from ocr_crnn.page import Page
from ocr_crnn.untrusted.json_stream import NestingWatch
from ocr_crnn.untrusted.plain import open_plain
from ocr_crnn.untrusted.zips import DAMAGES, open_member

KINDS = ("sentence", "word", "syllable")
_KIND_OF_TYPE = {
    "글자(음절)": "syllable", "글자": "syllable", "음절": "syllable", "syllable": "syllable", "character": "syllable",
    "단어(어절)": "word", "단어": "word", "어절": "word", "word": "word",
    "문장": "sentence", "sentence": "sentence",
}  # fmt: skip
_STRAY_JAMO = re.compile("[가-힣][ㄱ-ㅎㅏ-ㅣ]|[ㄱ-ㅎㅏ-ㅣ][가-힣]")
_CHUNK_BYTES = 1 << 16
_LOOK_BYTES = 64
MOST_BYTES = 1 << 31  # of a JSON, unpacked; the largest of AI Hub have some hundred million
MOST_DIGITS = 100  # of an id that is a number


def open_json(path):
    """A binary reader of UTF-8 without mark: files with a mark and CP949 files are read as well; `zip::member` too."""

    def open_raw():
        archive, mark, member = str(path).partition(ARCHIVE_MARK)
        if not mark:
            return open_plain(path, MOST_BYTES)
        opened = open_archive(archive)
        return open_member(opened.file, opened.members[member], MOST_BYTES, path)

    with open_raw() as file:
        head = file.read(_CHUNK_BYTES)
    file = open_raw()
    if head.startswith(codecs.BOM_UTF8):
        file.read(len(codecs.BOM_UTF8))
        return file
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return codecs.EncodedFile(file, "utf-8", "cp949", errors="replace")
    return file


def key_paths(path, report=None):
    """The set of key paths (`images.item.id`) in the first 64 KB of a JSON: enough to tell what it is.

    One that cannot be read at all is added to the report (if given) and has none.
    """
    try:
        with open_json(path) as file:
            head = file.read(_CHUNK_BYTES)
    except (*DAMAGES, StopIteration) as error:
        _report_damage(report, path, error)
        return set()
    events = ijson.sendable_list()
    parser, watch = ijson.parse_coro(events, use_float=True), NestingWatch()
    with contextlib.suppress(ijson.JSONError, StopIteration, ValueError):  # what came before the break is in events
        for start in range(0, len(head), _LOOK_BYTES):
            watch(head[start : start + _LOOK_BYTES])
            parser.send(head[start : start + _LOOK_BYTES])
    return {prefix for prefix, event, _ in events if event not in ("map_key", "start_map", "end_map", "end_array") and prefix}


def iter_records(path, name, report=None):
    """Yield the objects of the top-level array `name`. A break is added to the report (if given) and ends the stream."""
    records = ijson.sendable_list()
    parser = ijson.items_coro(records, f"{name}.item", use_float=True)
    try:
        watch = NestingWatch()
        with open_json(path) as file:
            while chunk := file.read(_CHUNK_BYTES):
                watch(chunk)
                parser.send(chunk)
                yield from _take(records, path, name, report)
            parser.close()
    except (*DAMAGES, ijson.JSONError) as error:
        # the records of the last piece up to the break
        yield from _take(records, path, name, report)
        _report_damage(report, path, error)


def _report_damage(report, path, error):
    if report is not None:
        report.add("json_damaged", path, " ".join(str(error).split())[:200])


def _take(records, path, name, report):
    for record in records:
        if isinstance(record, dict):
            yield record
        elif report is not None:
            report.add("bad_record", path, f"{name}: {str(record)[:80]!r}")
    del records[:]


def record_key(value):
    """An id as it is joined: "00000012" and 12 are one id, in every vintage."""
    text = str(value)
    return int(text) if text.isdecimal() and len(text) <= MOST_DIGITS else text


def clean_text(text, where, report):
    """The text in NFC, or None where there is nothing to read; findings go to the report."""
    if text is None:
        report.add("null_text", where)
        return None
    if isinstance(text, dict | list | bool):
        report.add("bad_text", where, text)
        return None
    normal = unicodedata.normalize("NFC", str(text))
    if normal != text:
        report.add("text_not_nfc", where, normal)
    if not normal.strip():
        report.add("empty_text", where)
        return None
    if _STRAY_JAMO.search(normal):
        report.add("stray_jamo", where, normal)
    return normal


def attributes_of(record, where="", report=None):
    """The attributes of a record that are plain values; others are a finding."""
    attributes = record.get("attributes")
    plain = attributes if isinstance(attributes, dict) else {}
    plain = {name: value for name, value in plain.items() if not isinstance(value, dict | list) and value not in (np.inf, -np.inf)}
    if report is not None and attributes is not None and plain != attributes:
        report.add("bad_attributes", where, attributes)
    return plain


def kind_of(attributes, where, report):
    """"sentence", "word", "syllable", or None for a type that is not known; class "ignored" has no kind."""
    value = attributes.get("type", attributes.get("class"))
    kind = _KIND_OF_TYPE.get(unicodedata.normalize("NFC", str(value)).strip().lower())
    if kind is None and value != "ignored":
        report.add("unknown_type", where, f"type: {value!r}")
    return kind


def read_annotations(path, kind, report):
    """image key → list of (text, box or None, attributes with "kind"), and the set of keys of annotations of other kinds."""
    kept, others = {}, set()
    for record in iter_records(path, "annotations", report):
        key = record.get("image_id", record.get("id"))
        if key is None:
            report.add("bad_record", path, f"an annotation without id: {str(record)[:80]}")
            continue
        key = record_key(key)
        attributes = attributes_of(record, f"{path} id {key}", report)
        row_kind = kind_of(attributes, key, report)
        if kind is not None and row_kind != kind and attributes.get("class") != "ignored":
            others.add(key)
            continue
        where = f"{path} id {record.get('id')}"
        text = None if attributes.get("class") == "ignored" else clean_text(record.get("text"), where, report)
        if attributes.get("class") == "character" and text and len(text) > 1:
            report.add("long_character", where, text)
        row = (text, record.get("bbox"), attributes | {"kind": row_kind})
        if "bbox" in record:
            kept.setdefault(key, []).append(row)
        elif key in kept:
            report.add("duplicate_annotation", where, text)
        else:
            kept[key] = [row]
    return kept, others


def image_size(record, image_path, report):
    """`(height, width)` of an image record; from the file's header where the record has no usable numbers, else None."""
    height, width = record.get("height"), record.get("width")
    if all(isinstance(value, (int, float)) and not isinstance(value, bool) and 1 <= value < 1e6 for value in (height, width)):
        return int(height), int(width)
    report.add("bad_size", image_path, f"width {width!r}, height {height!r}")
    try:
        return measure_image(image_path)
    except (OSError, UnreadableImageError) as error:
        report.add("image_unreadable", image_path, error)
        return None


def line_page(image_path, size, row, extra):
    """A Page with one text that fills the image."""
    text, _, attributes = row
    height, width = size
    quad = [(0, 0), (width, 0), (width, height), (0, height)]
    return Page(image_path, size, [quad], [text], attributes=[attributes | extra])


def photo_page(image_path, size, rows, extra, report):
    """A Page with one row per box. Boxes are [x, y, width, height]; cut to the image, left out without area."""
    boxes, kept = [], []
    for text, box, attributes in rows:
        box = clip_box(box, size, image_path, report)
        if box is not None:
            boxes.append(box)
            kept.append((text, attributes | extra))
    texts, attributes = zip(*kept, strict=True) if kept else ((), ())
    return Page(image_path, size, boxes_to_quads(boxes), texts, attributes=attributes)


def clip_box(box, size, where, report):
    """A box cut to an image of `(height, width)`; None and a finding where it is no box or nothing of it is inside."""
    try:
        x, y, width, height = map(float, box if isinstance(box, list) else ())
    except (TypeError, ValueError, OverflowError):
        x = y = width = height = np.nan
    if not np.isfinite([x, y, width, height]).all():
        report.add("bad_box", where, box)
        return None
    left, top, right, bottom = max(x, 0), max(y, 0), min(x + width, size[1]), min(y + height, size[0])
    if right - left < 1 or bottom - top < 1:
        report.add("empty_box", where, box)
        return None
    if (left, top, right, bottom) != (x, y, x + width, y + height):
        report.add("box_outside", where, box)
    return left, top, right - left, bottom - top

