"""The JSON of AI Hub: huge ones as a stream of records, and those of one image as a whole. UTF-8 with a mark or without, or CP949.

A damaged record, or a file that breaks off, is a finding of the report, never the end.
"""

import codecs
import contextlib

import ijson

from ocr_crnn.data.samples import ARCHIVE_MARK, open_archive
from ocr_crnn.untrusted.json_stream import NestingWatch
from ocr_crnn.untrusted.json_text import parse_json
from ocr_crnn.untrusted.plain import open_plain
from ocr_crnn.untrusted.zips import DAMAGES, open_member

_CHUNK_BYTES = 1 << 16
_LOOK_BYTES = 64
MOST_BYTES = 1 << 31  # of a JSON, unpacked; the largest of AI Hub have some hundred million
MOST_LABEL_BYTES = 1 << 23  # of the JSON of one image; a page of a thousand words has some hundred thousand
MOST_DIGITS = 100  # of an id that is a number


def parse_label(contents):
    """The object in the JSON of one image, from its bytes. Raises ValueError, whose message is a sentence about the contents."""
    try:
        text = contents.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = contents.decode("cp949", errors="replace")
    return parse_json(text, MOST_LABEL_BYTES, finite=False)


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
