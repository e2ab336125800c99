"""Stage: the named entities of a page: who, which company, where, when, how much.

Each block of the page (a paragraph, a cell) is looked at by itself, its lines joined, for an entity may go on in the next line but
not in the next cell. Three sources, by falling right: what has the form of a value (values/), what a label announces
(entity_labels.py), what has the form of a name (people.py, organisations.py). Of entities that overlap the longest is kept.

A record of "entities" is {"type", "text", "value", "valid", "start", "end", "words", "quads", "score", "source", "notes"}:

- type: one of TYPES. text: as it was read. value: its normal form or None. valid: whether it can be what it says.
- start, end: code points of `page.text`. words: rows of the page. quads: one for each line that the entity touches.
- score: the mean of its words' scores, 0..1, or None. source: "rule:money", "label:PERSON", "form:ORGANIZATION".
- notes: words of values/value.py's NOTES. unit: of MONEY and QUANTITY. others: the amounts of a conflict.
"""

import re
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from ocr_crnn.granularity import enclosing_quad
from ocr_crnn.reading.entity_cells import parts_of_blocks, rows_of_characters
from ocr_crnn.reading.entity_labels import is_label, label_kinds, labelled_values
from ocr_crnn.reading.organisations import find_organisations, name_in_field
from ocr_crnn.reading.people import find_people, name_at
from ocr_crnn.reading.values.amounts import torn_amount
from ocr_crnn.reading.values.finding import find_values, parse_value

TYPES = ("PERSON", "ORGANIZATION", "LOCATION", "ADDRESS", "DATE", "TIME", "MONEY", "QUANTITY", "PHONE", "EMAIL", "ID")
_OF_VALUES = {kind.lower(): kind for kind in TYPES[2:10]}  # of other kinds of values, those of identifiers: ID
_LONGEST_ADDRESS = 80
_STREET = re.compile(r"[가-힣](?:로|길|동|리|가|읍|면)\s?\d")
_RANK = {"rule": 0, "label": 1, "form": 2}


class Entity(NamedTuple):
    """start, end: code points of a block's text. The rest as in a record."""

    type: str
    start: int
    end: int
    source: str
    value: object = None
    valid: bool = True
    unit: str | None = None
    notes: tuple = ()
    others: tuple = ()


def find_entities(page, image=None):
    """Stage: the page with `entities`, a type or None for each word, and the record "entities".

    image: uint8 `(height, width[, 3])`, whose ruled cells tell which label speaks of what; without it the places of the texts do.
    """
    text, rows = page.text, rows_of_characters(page)
    column, records = np.full(len(page), None, object), []
    for parts in parts_of_blocks(page, image):
        start, end = parts[0].start, parts[-1].end
        labelled = [(part.start - start, part.end - start, part.label) for part in parts if part.label]
        for entity in entities_of_text(text[start:end], labelled):
            entity = entity._replace(start=entity.start + start, end=entity.end + start)
            words, counts = np.unique([row for row in rows[entity.start : entity.end] if row >= 0], return_counts=True)
            for row, count in zip(words, counts, strict=True):
                if 2 * count > len(page.texts[row]):
                    column[row] = entity.type
            records.append(_record(entity, page, text, rows, words))
    return replace(page, entities=column, records={**page.records, "entities": records})


def entities_of_text(text, labelled=()):
    """The Entities of a block, in its order, none over another.

    text: its lines, parted by line breaks. labelled: (start, end, label) of its parts that a label speaks of.
    """
    found = [*_labelled(text, labelled), *_values(text, labelled), *_names(text.replace("\n", " "))]
    kept = []
    for entity in sorted(found, key=lambda entity: (entity.start - entity.end, _RANK[entity.source.split(":")[0]])):
        if all(entity.end <= other.start or other.end <= entity.start for other in kept):
            kept.append(entity)
    return sorted(kept, key=lambda entity: entity.start)


def _values(text, labelled):
    whole = labelled[0][2] if len(labelled) == 1 and labelled[0][:2] == (0, len(text)) else ""
    for value in find_values(text, context=f"{whole} " if whole else ""):
        yield _of_value(value, f"rule:{value.kind}", 0)


def _of_value(value, source, offset):
    kind = _OF_VALUES.get(value.kind, "ID")
    return Entity(kind, value.start + offset, value.end + offset, source, value.value, value.valid, value.unit, value.notes, value.others)


def _names(text):
    for start, end, name in find_people(text):
        yield Entity("PERSON", start, end, "form:PERSON", name)
    for start, end, name, _ in find_organisations(text):
        yield Entity("ORGANIZATION", start, end, "form:ORGANIZATION", name)


def _labelled(text, labelled):
    """What labels announce: those of its parts, and those within its lines."""
    for start, end, label in labelled:
        yield from _announced(text[start:end].replace("\n", " "), label_kinds(label), start)
    start = 0
    for line in text.split("\n"):
        for kinds, first, last in labelled_values(line):
            yield from _announced(line[first:last], kinds, start + first)
        start += len(line) + 1


def _announced(text, kinds, offset):
    """The entity that a text holds if its label is right, of the first of the types that fits."""
    # A dashed rule at the side of a cell is read as a colon or a bar.
    first, last = re.match(r"[\s:;|]*(.*?)[\s:;|/,]*$", text, re.DOTALL).span(1)
    text, offset = text[first:last], offset + first
    for kind in kinds:
        if kind in ("DATE", "MONEY"):
            value = parse_value(text, kind.lower())
            if kind == "MONEY" and (value is None or value.value is None):
                value = torn_amount(text)
            if value:
                yield _of_value(value, f"label:{kind}", offset)
                return
        elif kind == "PERSON":
            name = name_at(text)
            if name and not is_label(name[2]):
                yield Entity(kind, name[0] + offset, name[1] + offset, "label:PERSON", name[2])
                return
        elif kind == "ADDRESS":
            if _STREET.search(text) and len(text) <= _LONGEST_ADDRESS and not _begins_with_address(text):
                yield Entity(kind, offset, offset + len(text), "label:ADDRESS", text, False, notes=("unknown_region",))
                return
        elif kind == "ORGANIZATION" and len(kinds) == 1:
            span = name_in_field(text)
            if span and not is_label(text[slice(*span)].split()[0]):
                yield Entity(kind, span[0] + offset, span[1] + offset, "label:ORGANIZATION", re.sub(r"\s+", " ", text[slice(*span)]))
                return


def _begins_with_address(text):
    return any(value.kind == "address" and len(text[: value.start].strip()) <= 2 for value in find_values(text))


def _record(entity, page, text, rows, words):
    scores = None if page.scores is None else page.scores[words]
    record = {
        "type": entity.type, "text": text[entity.start : entity.end], "value": entity.value, "valid": entity.valid,
        "start": entity.start, "end": entity.end, "words": [int(word) for word in words], "quads": _quads(entity, page, rows, words),
        "score": None if scores is None or not len(scores) else round(float(scores.mean()), 4), "source": entity.source,
        "notes": list(entity.notes),
    }  # fmt: skip
    if entity.unit is not None:
        record["unit"] = entity.unit
    if entity.others:
        record["others"] = list(entity.others)
    return record


def _quads(entity, page, rows, words):
    """The corners of the entity's characters, line by line; of whole words where the characters have no quads."""
    by_line = {}
    for row in words:
        places = np.flatnonzero(rows == row)
        inside = (places >= entity.start) & (places < entity.end)
        characters = None if page.characters is None else page.characters[row]
        quads = characters.quads[inside] if characters is not None and len(characters) == len(places) else page.quads[row][None]
        by_line.setdefault(row if page.lines is None else int(page.lines[row]), []).append(quads)
    return [np.round(enclosing_quad(np.concatenate(quads)).astype(float), 1).tolist() for quads in by_line.values()]
