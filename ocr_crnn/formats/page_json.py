"""JSON, one file a page, schema `ocr_crnn/page/2`: what the reader writes, and the truth of rendered pages.

    {"schema": "ocr_crnn/page/2", "image": "page.png", "page": 1, "size": [height, width], "dpi": 300, "size_pt": [height, width],
     "text": "…",
     "lines": [{"text", "score", "quad": [[x, y] × 4], "block", "words": [{"text", "score", "quad", "characters", "attributes"}]}],
     "records": {"tables": […], "entities": […]}}

Coordinates are pixels of the page as given, to a tenth. `image` is relative to the JSON file, or a URL. `page` counts the pages of its
document from 1; `dpi` are the pixels per inch of the image that was read, and `size_pt` is its size on paper, 72 points an inch. A text
that is there but not readable is null. `left_out` counts texts that were found but read too doubtfully to be given, where there are any;
`unit` says what is listed in the place of words, where it is something else (page.UNITS). `page`, `dpi`, `size_pt`, `score`, `block`,
`characters` (one quad a character, eight numbers each; `character_scores` beside them), `script`, `entity` and `attributes` are missing
where they are not known. `records` are what stages found of the page as a whole, missing where they found nothing; in a record "words",
and "label" and "value" of pairs, are numbers of words, counted from 0 in the order of the file. Readers ignore keys they do not know.
`page.schema.json` beside this file is the JSON Schema of it all. Version 1 had no records, and is read as well.
"""

import json
import os
import re
from pathlib import Path

import numpy as np

from ocr_crnn.files import replace_file
from ocr_crnn.granularity import enclosing_quad
from ocr_crnn.page import UNITS, Characters, Page
from ocr_crnn.untrusted.json_text import parse_json
from ocr_crnn.untrusted.plain import read_plain
from ocr_crnn.untrusted.settings import check_choice, check_number

SCHEMA = "ocr_crnn/page/2"
SCHEMAS = ("ocr_crnn/page/1", SCHEMA)  # that are read
MOST_BYTES = 1 << 25  # of a file that is read
MOST_PIXELS = (1 << 16) - 1  # of a side of a page
MOST_ROWS = 1 << 20
FARTHEST = 1e6  # pixels that a corner may lie from that of the page


def format_page_json(page: Page, image: str | None = None, number: int | None = None, dpi: float | None = None) -> str:
    """A page as JSON text, one word a line of the file. image: what to write for the image, the page's own path by default.

    number: of the page in its document, from 1. dpi: pixels per inch.
    """
    lines = ",\n".join(_format_line(page, rows) for rows in page.line_rows())
    head = {"schema": SCHEMA, "image": (page.image_path or None) if image is None else image}
    if number is not None:
        head["page"] = number
    head["size"] = list(page.size)
    if dpi is not None:
        head |= {"dpi": round(float(dpi), 2), "size_pt": [round(72 * side / dpi, 2) for side in page.size]}
    head["text"] = page.text
    if page.left_out:
        head["left_out"] = page.left_out
    if page.unit != "word":
        head["unit"] = page.unit
    records = ",\n".join(f" {_dump(name)}: {_format_records(found)}" for name, found in page.records.items())
    return _dump(head)[:-1] + f', "lines": [\n{lines}\n]' + (f', "records": {{\n{records}\n}}' if records else "") + "}\n"


def write_page_json(page: Page, path, number: int | None = None, dpi: float | None = None):
    """Write a page to `path`, as format_page_json; the file appears whole or not at all.

    The image's path is made relative to the folder of `path`.
    """
    image = page.image_path or None  # "" names no file
    if image is not None and "://" not in image:
        image = Path(os.path.relpath(image, Path(path).parent)).as_posix()
    replace_file(path, format_page_json(page, image, number, dpi))


def read_page_json(path) -> Page:
    """The Page of a file written by `write_page_json`; its image path is found from the folder of the file.

    Lines are numbered in the order of the file. The file may be anybody's: every value is checked, numbers are finite, corners lie within
    FARTHEST. Raises ValueError, naming the file, for anything that is not this schema; OSError as `open` does.
    """
    path = Path(path)
    try:
        record = parse_json(read_plain(path, MOST_BYTES))
        if record["schema"] not in SCHEMAS:
            raise ValueError(f"schema {str(record['schema'])[:80]!r}")
        image = _text("image", record["image"]) or None
        if image is not None and "://" not in image:
            image = os.path.normpath(path.parent / image)
        return _read_page(record, image)
    except KeyError as error:
        raise _another(path, f"{error} is absent") from error
    except ValueError as error:
        raise _another(path, str(error).rstrip(".")) from error


def _another(path, why):
    return ValueError(f"A page file is JSON of the schema {SCHEMA!r}. Received: {path}: {why}. Read the page again, or correct the file.")


def _format_line(page, rows):
    line = {"text": " ".join(text for text in page.texts[rows] if text)}
    if page.scores is not None:
        line["score"] = round(float(page.scores[rows].mean()), 4)
    line["quad"] = _numbers(enclosing_quad(page.quads[rows]))
    if page.blocks is not None:
        line["block"] = int(page.blocks[rows[0]])
    words = ",\n  ".join(_dump(_word(page, row)) for row in rows)
    return _dump(line)[:-1] + f', "words": [\n  {words}]}}'


def _format_records(records):
    """One record a line of the file."""
    return "[\n  " + ",\n  ".join(map(_dump, records)) + "]" if records else "[]"


def _word(page, row):
    word = {"text": page.texts[row]}
    if page.scores is not None:
        word["score"] = round(float(page.scores[row]), 4)
    word["quad"] = _numbers(page.quads[row])
    for key, column in (("script", page.scripts), ("entity", page.entities)):
        if column is not None and column[row] is not None:
            word[key] = column[row]
    if page.characters is not None and page.characters[row] is not None:
        word["characters"] = _numbers(page.characters[row].quads.reshape(-1, 8))
        if page.characters[row].scores is not None:
            word["character_scores"] = [round(float(score), 4) for score in page.characters[row].scores]
    if page.attributes is not None and page.attributes[row]:
        word["attributes"] = page.attributes[row]
    return word


def _read_page(record, image):
    """The Page of a record whose values are all looked at: what is made of it can be written in every format."""
    size = record["size"]
    if not isinstance(size, list) or len(size) != 2:
        raise ValueError(f"size {str(size)[:80]} in place of height and width")
    size = tuple(check_number("size", side, 1, MOST_PIXELS, whole=True) for side in size)
    words = [
        (number, line.get("block"), word)
        for number, line in enumerate(_objects("lines", record["lines"]))
        for word in _objects("words", line["words"])
    ]

    def column(key, read=lambda key, value: value):
        """The values of a key, None for a key that no word has."""
        if not any(key in word for _, _, word in words):
            return None
        return [read(key, word[key]) if key in word else None for _, _, word in words]

    scores, blocks = column("score", _score), [block for _, block, _ in words]
    if scores is not None and None in scores:
        raise ValueError("some words have a score and others have none")
    if not any(block is None for block in blocks):
        blocks = [check_number("block", block, 0, MOST_ROWS, whole=True) for block in blocks]
    attributes = column("attributes", _attributes)
    return Page(
        image,
        size,
        np.array([_quads("quad", word["quad"], 8) for _, _, word in words], np.float32).reshape(-1, 4, 2),
        [_text("text", word["text"]) for _, _, word in words],
        scores=scores,
        lines=[number for number, _, _ in words],
        blocks=None if None in blocks else blocks,
        scripts=column("script", _text),
        entities=column("entity", _text),
        characters=_read_characters(words),
        left_out=check_number("left_out", record.get("left_out", 0), 0, MOST_ROWS, whole=True),
        unit=check_choice("unit", record.get("unit", "word"), UNITS),
        attributes=None if attributes is None else [known or {} for known in attributes],
        records=_read_records(record.get("records", {}), len(words)),
    )


def _read_records(records, count):
    """The records of a page of `count` words, if all words and corners that they name can be."""
    if not isinstance(records, dict):
        raise ValueError(f"records {str(records)[:80]} in place of an object")
    for name, found in records.items():
        for record in _objects(f"records of {name[:80]}", found):
            _check_record(record, count)
    return records


def _check_record(value, count):
    """Look at every "words", "quad" and "quads" of a JSON value."""
    if isinstance(value, list):
        for one in value:
            _check_record(one, count)
    elif isinstance(value, dict):
        for key, one in value.items():
            if key == "words" or (key in ("label", "value") and isinstance(one, list)):
                for row in _list(key, one):
                    check_number(key, row, 0, count - 1, whole=True)
            elif key == "quad" and one is not None:
                _quads(key, one, 8)
            elif key == "quads":
                for quad in _list(key, one):
                    _quads(key, quad, 8)
            else:
                _check_record(one, count)


def _read_characters(words):
    if not any("characters" in word for _, _, word in words):
        return None
    return [_characters(word) if "characters" in word else None for _, _, word in words]


def _characters(word):
    quads, scores = _quads("characters", word["characters"]), word.get("character_scores")
    if len(quads) % 8:
        raise ValueError("characters of other than eight numbers")
    if scores is not None:
        scores = np.array([_score("character_scores", score) for score in _list("character_scores", scores)], np.float32)
    return Characters(quads, scores)


def _objects(name, values):
    """The values if they are a list of objects."""
    if not all(isinstance(value, dict) for value in _list(name, values)):
        raise ValueError(f"{name} that are no objects")
    return values


def _list(name, value):
    if not isinstance(value, list) or len(value) > MOST_ROWS:
        raise ValueError(f"{name} {str(value)[:80]} in place of a list")
    return value


def _quads(name, values, count=None):
    """Coordinates in a list, or lists of lists, as float32; at most FARTHEST from the corner of the page, and `count` of them if given."""
    flat = values
    for _ in range(2):
        flat = [one for value in _list(name, flat) for one in (value if isinstance(value, list) else [value])]
    if not set(map(type, flat)) <= {int, float} or (flat and max(map(abs, flat)) > FARTHEST):
        raise ValueError(f"{name} {str(values)[:80]} in place of numbers from {-FARTHEST:,.0f} to {FARTHEST:,.0f}")
    if count is not None and len(flat) != count:
        raise ValueError(f"{name} of {len(flat)} numbers in place of {count}")
    return np.array(flat, np.float32)


def _score(name, value):
    return float(check_number(name, value, 0, 1))


def _text(name, value):
    if value is not None and not isinstance(value, str):
        raise ValueError(f"{name} {str(value)[:80]} in place of a text")
    if name == "image" and value is not None and "\0" in value:
        raise ValueError("image with a NUL in its name")
    return value


def _attributes(name, value):
    if not isinstance(value, dict):
        raise ValueError(f"{name} {str(value)[:80]} in place of an object")
    return value


def _numbers(values):
    return np.round(np.asarray(values, np.float64), 1).tolist()


def _dump(value):
    text = json.dumps(value, ensure_ascii=False, separators=(", ", ": "))
    return re.sub("[\ud800-\udfff]", lambda half: f"\\u{ord(half[0]):04x}", text)  # UTF-8 has no halves of pairs, JSON's escapes have
