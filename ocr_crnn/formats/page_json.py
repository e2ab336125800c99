"""JSON, one file a page, schema `ocr_crnn/page/1`: what the reader writes, and the truth of rendered pages.

    {"schema": "ocr_crnn/page/1", "image": "page.png", "page": 1, "size": [height, width], "dpi": 300, "size_pt": [height, width],
     "text": "…",
     "lines": [{"text", "score", "quad": [[x, y] × 4], "block", "words": [{"text", "score", "quad", "characters", "attributes"}]}]}

Coordinates are pixels of the page as given, to a tenth. `image` is relative to the JSON file. `page` counts the pages of its document
from 1; `dpi` are the pixels per inch of the image that was read, and `size_pt` is its size on paper, 72 points an inch. A text that is
there but not readable is null. `left_out` counts texts that were found but read too doubtfully to be given, where there are any; `unit`
says what is listed in the place of words, where it is something else (page.UNITS). `page`, `dpi`, `size_pt`, `score`, `block`,
`characters` (one quad a character, eight numbers each; `character_scores` beside them), `script`, `entity` and `attributes` are missing
where they are not known. Readers ignore keys they do not know.
"""

import json
import os
import re
from pathlib import Path

import numpy as np

from ocr_crnn.files import replace_file
from ocr_crnn.granularity import enclosing_quad
from ocr_crnn.page import Characters, Page

SCHEMA = "ocr_crnn/page/1"


def format_page_json(page: Page, image: str | None = None, number: int | None = None, dpi: float | None = None) -> str:
    """A page as JSON text, one word a line of the file. image: what to write for the image, the page's own path by default.

    number: of the page in its document, from 1. dpi: pixels per inch.
    """
    lines = ",\n".join(_format_line(page, rows) for rows in page.line_rows())
    head = {"schema": SCHEMA, "image": page.image_path if image is None else image}
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
    return _dump(head)[:-1] + f', "lines": [\n{lines}\n]}}\n'


def write_page_json(page: Page, path, number: int | None = None, dpi: float | None = None):
    """Write a page to `path`, as format_page_json; the file appears whole or not at all.

    The image's path is made relative to the folder of `path`.
    """
    image = page.image_path
    if image is not None:
        image = Path(os.path.relpath(image, Path(path).parent)).as_posix()
    replace_file(path, format_page_json(page, image, number, dpi))


def read_page_json(path) -> Page:
    """The Page of a file written by `write_page_json`; its image path is found from the folder of the file.

    Lines are numbered in the order of the file. Raises ValueError, naming the file, for anything that is not this schema.
    """
    path = Path(path)
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        if record["schema"] != SCHEMA:
            raise ValueError(f"schema {record['schema']!r}")
        image = record["image"]
        if image is not None:
            image = os.path.normpath(path.parent / image)
        return _read_page(record, image)
    except (KeyError, TypeError, ValueError) as error:  # JSON and Unicode errors are ValueErrors
        raise ValueError(f"A page file is JSON of the schema {SCHEMA!r}. Received: {path}: {type(error).__name__}: {error}") from error


def _format_line(page, rows):
    line = {"text": " ".join(text for text in page.texts[rows] if text)}
    if page.scores is not None:
        line["score"] = round(float(page.scores[rows].mean()), 4)
    line["quad"] = _numbers(enclosing_quad(page.quads[rows]))
    if page.blocks is not None:
        line["block"] = int(page.blocks[rows[0]])
    words = ",\n  ".join(_dump(_word(page, row)) for row in rows)
    return _dump(line)[:-1] + f', "words": [\n  {words}]}}'


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
    words = [(number, line.get("block"), word) for number, line in enumerate(record["lines"]) for word in line["words"]]

    def column(key, read=lambda value: value):
        """The values of a key, None for a key that no word has."""
        if not any(key in word for _, _, word in words):
            return None
        return [read(word[key]) if key in word else None for _, _, word in words]

    return Page(
        image,
        record["size"],
        np.array([word["quad"] for _, _, word in words], np.float32).reshape(-1, 4, 2),
        [word["text"] for _, _, word in words],
        scores=column("score", float),
        lines=[number for number, _, _ in words],
        blocks=None if any(block is None for _, block, _ in words) else [block for _, block, _ in words],
        scripts=column("script"),
        entities=column("entity"),
        characters=_read_characters(words),
        left_out=record.get("left_out", 0),
        unit=record.get("unit", "word"),
        attributes=None if column("attributes") is None else [word.get("attributes", {}) for _, _, word in words],
    )


def _read_characters(words):
    if not any("characters" in word for _, _, word in words):
        return None
    return [
        Characters(np.array(word["characters"], np.float32), word.get("character_scores")) if "characters" in word else None
        for _, _, word in words
    ]


def _numbers(values):
    return np.round(np.asarray(values, np.float64), 1).tolist()


def _dump(value):
    text = json.dumps(value, ensure_ascii=False, separators=(", ", ": "))
    return re.sub("[\ud800-\udfff]", lambda half: f"\\u{ord(half[0]):04x}", text)  # UTF-8 has no halves of pairs, JSON's escapes have
