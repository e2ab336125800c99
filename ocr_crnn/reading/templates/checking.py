"""The JSON of a template, of which nothing is known: every value is looked at before anything is made of it."""

import re
from collections import Counter

import numpy as np

from ocr_crnn.reading.templates.letters import fold
from ocr_crnn.reading.templates.schema import MARKS, MIN_ANCHORS, MIN_SHARE, SCHEMA, TYPES, Anchor, Field, Template, TemplatePage
from ocr_crnn.reading.templates.typed import read_value
from ocr_crnn.untrusted.plain import DamagedFileError
from ocr_crnn.untrusted.settings import check_choice, check_flag, check_names, check_number

MOST_PAGES, MOST_ANCHORS, MOST_FIELDS, MOST_CHOICES = 50, 400, 1000, 200
MOST_TEXT = 200  # characters
MOST_PIXELS = (1 << 16) - 1
MOST_VERSION = 1_000_000
LEAST_ANCHORS = 3
SAME = 0.9  # of the area of two fields that both have
DATE = re.compile(r"\d{4}-\d\d-\d\d")

_TEMPLATE = ("schema", "name", "version", "replaces", "valid_from", "created_from", "thresholds", "pages")
_REQUIRED = ("schema", "name", "version", "pages")


def check_template(record, path):
    """The Template of a JSON object. Raises DamagedFileError, which names the path."""
    try:
        if record.get("schema") != SCHEMA:
            raise ValueError(f"the schema {str(record.get('schema'))[:80]!r}, which this version does not know")
        check_names("keys of a template", record, _TEMPLATE, _REQUIRED)
        pages = tuple(map(_page, _objects("pages", record["pages"], MOST_PAGES)))
        thresholds = check_names("thresholds", record.get("thresholds") or {}, ("min_anchors", "min_share"))
        template = Template(
            name=check_text("name", record["name"]),
            version=check_number("version", record["version"], 1, MOST_VERSION, whole=True),
            pages=pages,
            replaces=_optional(record.get("replaces"), lambda value: check_number("replaces", value, 1, MOST_VERSION, whole=True)),
            valid_from=_optional(record.get("valid_from"), check_date),
            created_from=_optional(record.get("created_from"), _created_from),
            min_anchors=check_number("min_anchors", thresholds.get("min_anchors", MIN_ANCHORS), LEAST_ANCHORS, MOST_ANCHORS, whole=True),
            min_share=check_number("min_share", thresholds.get("min_share", MIN_SHARE), 0.1, 1),
        )
        check_rules(template)
        return template
    except ValueError as error:
        fix = "" if "Received: " in str(error) else " Correct it, or register the form again."
        raise DamagedFileError(f"A template is JSON of the schema {SCHEMA!r}. Received: {path}: {str(error).rstrip('.')}.{fix}") from None


def check_rules(template):
    """Raises ValueError for rules that contradict each other, and fields that lie outside their page."""
    if not template.pages:
        raise ValueError("A template has a page. Received: none. Register the form from a scan.")
    if template.replaces is not None and template.replaces >= template.version:
        raise ValueError(
            f"A version replaces an earlier one. Received: {template.version} in place of {template.replaces}. Correct replaces."
        )
    for name, times in Counter(field.name for page in template.pages for field in page.fields).items():
        if times > 1:
            raise ValueError(f"A field has a name of its own. Received: {name!r} {times} times. Rename one of them.")
    for number, page in enumerate(template.pages, 1):
        if len(page.anchors) < template.min_anchors:
            raise ValueError(
                f"A page has at least min_anchors labels to be known by. Received: page {number} with {len(page.anchors)}, and "
                f'min_anchors {template.min_anchors}. Name more labels in "anchors", or lower min_anchors.'
            )
        _check_labels(page, number, template.min_anchors)
        for field in page.fields:
            _check_field(field, page.size)
        _check_overlap(page.fields)


def _check_labels(page, number, least):
    middles, heights = page.points()
    odd = (middles < 0).any(axis=1) | (middles > (page.size[1], page.size[0])).any(axis=1) | (heights < 1)
    for row in np.flatnonzero(odd)[:1]:
        raise ValueError(
            f"A label lies on its page and is at least a pixel high. Received: {page.anchors[row].text!r} on page {number}, which is not. "
            "Register the form again."
        )
    places, keys = len(np.unique(middles.round(), axis=0)), len({anchor.key for anchor in page.anchors})
    if places < least or keys < LEAST_ANCHORS:
        raise ValueError(
            f"A page has at least {least} labels at places of their own, and {LEAST_ANCHORS} that are different. Received: page {number} "
            f"with {places} and {keys}. Name more labels, or register the form again."
        )


def _check_overlap(fields):
    """Two fields that are read do not lie at one place: only one of them could have the text."""
    read = [field for field in fields if field.type not in MARKS]
    boxes = np.array([(field.quad.min(axis=0), field.quad.max(axis=0)) for field in read], np.float64).reshape(-1, 2, 2)
    sides = np.minimum(boxes[:, None, 1], boxes[:, 1]) - np.maximum(boxes[:, None, 0], boxes[:, 0])
    shared, areas = np.clip(sides, 0, None).prod(axis=-1), (boxes[:, 1] - boxes[:, 0]).prod(axis=-1)
    alike = np.triu(shared / (areas[:, None] + areas - shared) > SAME, 1)
    for one, other in np.argwhere(alike)[:1]:
        raise ValueError(
            f"Fields that are read lie at places of their own. Received: {read[one].name!r} and {read[other].name!r} at the same one. "
            "Remove one, or correct its place."
        )


def _check_field(field, size):
    low, high = field.quad.min(axis=0), field.quad.max(axis=0)
    if (low < 0).any() or (high > (size[1], size[0])).any():
        raise ValueError(
            f"A field lies on its page of {size[1]} × {size[0]} pixels. Received: {field.name!r} from {low.round().tolist()} to "
            f"{high.round().tolist()}. Correct its place."
        )
    if (high - low < 2).any():
        raise ValueError(
            f"A field is at least 2 pixels wide and high. Received: {field.name!r}, {(high - low).tolist()}. Correct its place."
        )
    along = np.roll(field.quad, -1, axis=0) - field.quad
    onwards = np.roll(along, -1, axis=0)
    turns = along[:, 0] * onwards[:, 1] - along[:, 1] * onwards[:, 0]
    if (turns < 0).any() or turns.sum() < 4:
        raise ValueError(
            f"The corners of a field go clockwise from the upper left one. Received: {field.name!r}, {field.quad.tolist()}. Correct its "
            "place."
        )
    _check_choices(field)
    if field.choices and field.type in MARKS:
        raise ValueError(f"A {field.type} has no text to choose. Received: {field.name!r} with choices. Leave out choices or the type.")
    if field.group and field.type != "check":
        raise ValueError(
            f"A group is of check boxes. Received: {field.name!r} of the type {field.type} in {field.group!r}. Correct the type."
        )
    if field.group and field.required:
        raise ValueError(f"Of a group one box is ticked, so none is required by itself. Received: {field.name!r}. Leave out required.")


def _check_choices(field):
    if field.type in MARKS:
        return
    for key, times in Counter(map(fold, field.choices)).items():
        if not key or times > 1:
            raise ValueError(
                f"Choices differ in letters or digits. Received: {field.name!r} with {', '.join(field.choices)[:80]}. Correct choices."
            )
    wrong = [choice for choice in field.choices if not read_value(choice, field.type).valid]
    if wrong:
        raise ValueError(
            f"Each choice is of the field's type. Received: {field.name!r} of the type {field.type} with {wrong[0]!r}. Correct one of them."
        )


def check_text(name, value, empty=False):
    """The value if it is a text of at most MOST_TEXT characters that can be shown. Raises ValueError."""
    if (
        not isinstance(value, str)
        or len(value) > MOST_TEXT
        or (not value and not empty)
        or not value.replace(" ", "a").isprintable()
        and value
    ):
        raise ValueError(f"{name} is a text of 1 to {MOST_TEXT} characters. Received: {str(value)[:80]!r}. Correct {name}.")
    return value


def check_date(value):
    """The value if it is a date such as "2026-01-31". Raises ValueError."""
    if not isinstance(value, str) or not DATE.fullmatch(value) or not read_value(value, "date").valid:
        raise ValueError(f"valid_from is a date such as 2026-01-31. Received: {str(value)[:80]!r}. Correct valid_from.")
    return value


def check_quad(name, value):
    """Four corners, as float32 `(4, 2)`. Raises ValueError."""
    corners = value if isinstance(value, list) else []
    flat = [number for corner in corners if isinstance(corner, list) and len(corner) == 2 for number in corner]
    if len(corners) != 4 or len(flat) != 8:
        raise ValueError(f"{name} is four corners [[x, y], …]. Received: {str(value)[:80]}. Correct {name}.")
    return np.float32([check_number(name, number, -MOST_PIXELS, MOST_PIXELS) for number in flat]).reshape(4, 2)


def check_choices(value):
    """Texts in a list, as a tuple. Raises ValueError."""
    if not isinstance(value, list) or len(value) > MOST_CHOICES:
        raise ValueError(f"choices are texts in a list. Received: {str(value)[:80]}. Correct choices.")
    return tuple(check_text("a choice", one) for one in value)


def _page(record):
    check_names("keys of a page", record, ("size", "anchors", "fields"), ("size", "anchors", "fields"))
    size = record["size"]
    if not isinstance(size, list) or len(size) != 2:
        raise ValueError(f"size is height and width. Received: {str(size)[:80]}. Correct size.")
    size = tuple(check_number("size", side, 1, MOST_PIXELS, whole=True) for side in size)
    anchors = tuple(map(_anchor, _objects("anchors", record["anchors"], MOST_ANCHORS)))
    return TemplatePage(size, anchors, tuple(map(_field, _objects("fields", record["fields"], MOST_FIELDS))))


def _anchor(record):
    check_names("keys of an anchor", record, ("text", "key", "quad"), ("text", "key", "quad"))
    text = check_text("text", record["text"])
    if record["key"] != fold(text) or not record["key"]:
        raise ValueError(f"The key of {text!r} is {fold(text)!r}. Received: {str(record['key'])[:80]!r}. Correct the key.")
    return Anchor(text, record["key"], check_quad("quad", record["quad"]))


def _field(record):
    check_names("keys of a field", record, Field._fields, ("name", "type", "quad"))
    return Field(
        name=check_text("name", record["name"]),
        type=check_choice("type", record["type"], TYPES),
        quad=check_quad("quad", record["quad"]),
        label=check_text("label", record.get("label", ""), empty=True),
        required=check_flag("required", record.get("required", False)),
        choices=check_choices(record.get("choices", [])),
        group=check_text("group", record.get("group", ""), empty=True),
        printed=check_text("printed", record.get("printed", ""), empty=True),
        ink=float(check_number("ink", record.get("ink", 0.0), 0, 1)),
    )


def _created_from(value):
    check_names("created_from", value, ("sha256", "dpi"))
    if "sha256" in value:
        check_text("sha256", value["sha256"])
    if value.get("dpi") is not None:
        check_number("dpi", value["dpi"], 1, 10_000)
    return value


def _objects(name, values, most):
    if not isinstance(values, list) or len(values) > most or not all(isinstance(value, dict) for value in values):
        raise ValueError(f"{name} are at most {most} objects in a list. Received: {str(values)[:80]}. Correct {name}.")
    return values


def _optional(value, check):
    return None if value is None else check(value)
