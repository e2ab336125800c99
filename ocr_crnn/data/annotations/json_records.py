"""JSON of annotations as a stream of records: exports reach hundreds of megabytes."""

import contextlib

import ijson

from ocr_crnn.data.aihub.json_files import open_json
from ocr_crnn.untrusted.json_stream import NestingWatch
from ocr_crnn.untrusted.zips import DAMAGES

CHUNK_BYTES = 1 << 16


def iter_items(path, prefix, report=None):
    """Yield what stands at a prefix of ijson ("item", "images.item"). A break is a finding (if a report is given) and ends the stream."""
    return _iterate(path, lambda found: ijson.items_coro(found, prefix, use_float=True), report)


def iter_pairs(path, prefix, report=None):
    """Yield (key, value) of the object at a prefix of ijson, "imgs"."""
    return _iterate(path, lambda found: ijson.kvitems_coro(found, prefix, use_float=True), report)


def _iterate(path, make_parser, report):
    found = ijson.sendable_list()
    parser, watch = make_parser(found), NestingWatch()
    try:
        with open_json(path) as file:
            while chunk := file.read(CHUNK_BYTES):
                watch(chunk)
                parser.send(chunk)
                yield from found
                del found[:]
            with contextlib.suppress(StopIteration):
                parser.close()
        yield from found
    except (*DAMAGES, ijson.JSONError, StopIteration) as error:
        yield from found  # the records of the last piece up to the break
        if report is not None:
            report.add("json_damaged", path, " ".join(str(error).split())[:200])


def first_event(path):
    """"start_array", "start_map" or None: what a JSON is at its top."""
    try:
        with open_json(path) as file:
            head = file.read(256).lstrip()
    except DAMAGES:
        return None
    return {b"[": "start_array", b"{": "start_map"}.get(head[:1])
