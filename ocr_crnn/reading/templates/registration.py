"""From scans of a form and a list of its fields to a template.

A scan may be filled in. So nothing that stands in a field is kept, and of what stands elsewhere only what is known to be printed: all of it
where the user says that the form is blank; else labels that the user names, that a field names, or that are in LABELS, and what all scans
share where there are several (shared.py). Numbers and dates are never kept.
"""

import io

import numpy as np
from PIL import Image

from ocr_crnn.reading.cells import cells_of_quads, find_cells, quads_of_cells
from ocr_crnn.reading.templates.checking import (
    MOST_FIELDS,
    check_choices,
    check_date,
    check_quad,
    check_rules,
    check_text,
)
from ocr_crnn.reading.templates.letters import find_labels, fold, letters_of, quad_of
from ocr_crnn.reading.templates.marks import spot_of_ink, stamp_ink
from ocr_crnn.reading.templates.schema import MARKS, TYPES, Anchor, Field, Template, TemplatePage
from ocr_crnn.reading.templates.shared import shared_rows
from ocr_crnn.reading.templates.straightening import move, straighten, straighten_page
from ocr_crnn.untrusted.settings import check_choice, check_flag, check_names, check_number

LEAST_LETTERS, MOST_LETTERS, FIRST_LETTERS = 2, 12, 6  # of a label; of a sentence, whose first words are one
LEAST_SCORE = 0.6
MARKS_BESIDE = " □☐■☑✓✔○●◎※·:："
GAP = 1.2  # heights between words of one label
MOST_LABELS, A_CELL, GRID = 80, 6, (6, 4)  # labels in all, in each part of the page, parts down and across
MOST_PICTURE, MOST_SIDE = 100_000, 1000  # bytes and pixels of the picture of an empty form
OVERLAP = 0.2  # of a label's width that may reach into a field
LABELS = frozenset(
    """성명 이름 주소 현주소 생년월일 연락처 전화번호 휴대전화 휴대폰 이메일 팩스 상호 대표자 사업자등록번호 등록번호 법인등록번호 업태
    종목 작성일자 작성일 공급가액 세액 비고 품목 품명 규격 수량 단가 금액 합계 합계금액 공급자 공급받는자 날짜 일자 기간 계약기간 계약금액
    계약일 신청인 신청자 신청일 소속 부서 직급 직위 직책 사유 시작일 종료일 예금주 은행명 계좌번호 예금계좌 학력사항 경력사항 자격면허
    학교명 전공 근무처 담당업무 입사일 퇴사일 졸업일 취득일 발행기관 지원분야 사업체명 사업주 소재지 근무장소 업무내용 기본급 상여금 지급일
    서명 주민등록번호""".split()  # noqa: SIM905
)

SPEC = ("name", "version", "replaces", "valid_from", "blank", "anchors", "size", "fields", "min_anchors", "min_share")
FIELD_SPEC = ("name", "type", "box", "quad", "label", "place", "nth", "page", "required", "choices", "group")
PLACES = ("right", "below")


def register(pages, images, spec, created_from=None, others=()):
    """A Template of a form's pages as read and their images, uint8 RGB, and the description of its fields.

    others: more scans of the form, filled in differently: the pages of each, as many as `pages`.

    spec: {"name", "version": 1, "blank": false, "anchors": ["a printed label", …], "size": [height, width] that boxes refer to,
    "fields": [{"name", "type", "box": [left, top, right, bottom] or "quad": four corners or "label" and "place": "right" or "below",
    "nth": 1, "page": 1, "required": false, "choices": […], "group"}], "replaces", "valid_from", "min_anchors", "min_share"}.

    Raises ValueError with what is wrong in the description, and for scans of different forms.
    """
    check_names("keys of a form", spec, SPEC, ("name", "fields"))
    records = spec["fields"]
    if not isinstance(records, list) or not 0 < len(records) <= MOST_FIELDS:
        raise ValueError(f"fields are 1 to {MOST_FIELDS} objects in a list. Received: {str(records)[:80]}. Describe the form's fields.")
    blank = check_flag("blank", spec.get("blank", False))
    _check_scans(pages, others, blank)
    scans = [straighten(page, image) for page, image in zip(pages, images, strict=True)]
    sheets = []
    for number, scan in enumerate(scans, 1):
        own = [_checked(record) for record in records if _page_of(record, len(scans)) == number]
        fields = [_field(record, scan, spec.get("size"), images[number - 1].shape, blank) for record in own]
        known = None if blank else _known(spec, own)
        labels = choose_labels(scan.page, fields, known)
        if others:
            shared = scan.page.take(shared_rows(scan.page, [straighten_page(other[number - 1])[0] for other in others]))
            labels = _joined(choose_labels(shared, fields), labels)
        sheets.append(TemplatePage(scan.page.size, tuple(labels), tuple(fields)))
    template = Template(
        name=check_text("name", spec["name"]),
        version=check_number("version", spec.get("version", 1), 1, 1_000_000, whole=True),
        pages=tuple(sheets),
        replaces=None if spec.get("replaces") is None else check_number("replaces", spec["replaces"], 1, 1_000_000, whole=True),
        valid_from=None if spec.get("valid_from") is None else check_date(spec["valid_from"]),
        created_from=created_from,
    )
    least = {"min_anchors": (3, 400, True), "min_share": (0.1, 1, False)}
    given = {name: check_number(name, spec[name], low, high, whole) for name, (low, high, whole) in least.items() if name in spec}
    template = template._replace(**given)
    check_rules(template)
    return template


def _check_scans(pages, others, blank):
    if blank and others:
        raise ValueError(
            f'A form that is blank is registered from one scan. Received: "blank": true and {1 + len(others)} scans. Name the blank one '
            'alone, or leave out "blank".'
        )
    for number, other in enumerate(others, 2):
        if len(other) != len(pages):
            raise ValueError(
                f"Every scan of a form has all its pages. Received: {len(pages)} in the first and {len(other)} in number {number}. Leave "
                "it out, or complete it."
            )


def _joined(labels, more):
    """Labels, and of some more those that stand elsewhere."""
    boxes = np.array([(label.quad.min(axis=0), label.quad.max(axis=0)) for label in labels]).reshape(-1, 2, 2)
    middles = [label.quad.mean(axis=0) for label in more]
    inside = [((boxes[:, 0] < middle) & (middle < boxes[:, 1])).all(axis=1).any() for middle in middles]
    return [*labels, *(label for label, known in zip(more, inside, strict=True) if not known)]


def choose_labels(page, fields, known=None):
    """Anchors of a page as read: printed labels outside all fields, spread over the page. known: keys that are printed for certain, None
    where the form is blank and all of it is."""
    letters = letters_of(page)
    found = [label for label in _labels(page, letters) if _is_label(label, fields, known)]
    height, width = page.size
    room, kept = {}, []
    for label in sorted(found, key=lambda label: -len(label.key)):
        x, y = label.quad.mean(axis=0)
        part = int(y / height * GRID[0]), int(x / width * GRID[1])
        room[part] = room.get(part, 0) + 1
        if room[part] <= A_CELL and len(kept) < MOST_LABELS:
            kept.append(label)
    return sorted(kept, key=lambda label: (label.quad[0, 1], label.quad[0, 0]))


def _labels(page, letters):
    """Runs of words that stand close on one line, as Anchors. Of a long one its first words: where the others stand depends on the face
    that the form is set in."""
    for rows in page.line_rows():
        begin = 0
        for index in range(1, len(rows) + 1):
            if index == len(rows) or _is_apart(page.quads[rows[index - 1]], page.quads[rows[index]]):
                if anchor := _anchor(page, letters, rows[begin:index]):
                    yield anchor
                begin = index


def _anchor(page, letters, rows):
    rows = [row for row in rows if page.texts[row]]
    lengths = np.cumsum([len(fold(page.texts[row])) for row in rows])
    rows = rows if not len(rows) or lengths[-1] <= MOST_LETTERS else rows[: max(1, int((lengths <= FIRST_LETTERS).sum()))]
    inside = np.flatnonzero(np.isin(letters.rows, rows))
    if not len(inside) or (page.scores is not None and page.scores[rows].min() < LEAST_SCORE):
        return None
    text = "".join(page.texts[row] + " " for row in rows).strip(MARKS_BESIDE)
    return Anchor(text, fold(text), quad_of(letters, inside[0], inside[-1] + 1))


def _is_apart(before, after):
    height = np.linalg.norm(before[3] - before[0])
    return after[:, 0].min() - before[:, 0].max() > GAP * height


def _is_label(label, fields, known):
    letters = [letter for letter in label.key if not letter.isdigit()]
    if not LEAST_LETTERS <= len(label.key) <= MOST_LETTERS or len(letters) < max(LEAST_LETTERS, len(label.key) / 2):
        return False
    (x0, y0), (x1, y1) = label.quad.min(axis=0), label.quad.max(axis=0)
    for field in fields:
        (left, top), (right, bottom) = field.quad.min(axis=0), field.quad.max(axis=0)
        across, down = min(x1, right) - max(x0, left), min(y1, bottom) - max(y0, top)
        if across > OVERLAP * (x1 - x0) and down > OVERLAP * (y1 - y0):
            return False
    return known is None or label.key in known


def _known(spec, records):
    named = spec.get("anchors", [])
    if not isinstance(named, list):
        raise ValueError(f"anchors are printed labels in a list. Received: {str(named)[:80]}. Correct anchors.")
    texts = [check_text("an anchor", text) for text in named] + [record["label"] for record in records if record.get("label")]
    return LABELS | {fold(text) for text in texts}


def _page_of(record, count):
    if not isinstance(record, dict):
        raise ValueError(f"A field is an object. Received: {str(record)[:80]}. Correct fields.")
    return check_number("page", record.get("page", 1), 1, count, whole=True)


def _checked(record):
    check_names("keys of a field", record, FIELD_SPEC, ("name", "type"))
    check_text("name", record["name"])
    check_choice("type", record["type"], TYPES)
    given = [key for key in ("box", "quad", "place") if record.get(key) is not None]
    if len(given) != 1 or (given == ["place"] and not record.get("label")):
        raise ValueError(
            f"A field has a box, or a quad, or a label with a place. Received: {record['name']!r} with "
            f"{', '.join(given) or 'none of them'}. Give one of them."
        )
    check_text("label", record.get("label", ""), empty=True)
    return record


def _field(record, scan, size, shape, blank):
    quad = _beside(record, scan) if record.get("place") is not None else _drawn(record, scan, size, shape)
    letters = letters_of(scan.page)
    middles = letters.quads.mean(axis=1)
    (x0, y0), (x1, y1) = quad.min(axis=0), quad.max(axis=0)
    inside = (middles >= (x0, y0)).all(axis=1) & (middles <= (x1, y1)).all(axis=1) & (letters.rows >= 0)
    printed = "".join(np.array(list(letters.text), object)[inside]) if blank and record["type"] not in MARKS else ""
    return Field(
        record["name"], record["type"], quad, record.get("label", ""),
        required=check_flag("required", record.get("required", False)),
        choices=check_choices(record.get("choices", [])),
        group=check_text("group", record.get("group", ""), empty=True),
        printed=printed,
        ink=_ink(record, scan.image, quad) if blank and x1 - x0 >= 2 and y1 - y0 >= 2 else 0.0,
    )  # fmt: skip


def _ink(record, image, quad):
    return stamp_ink(image, quad) if record["type"] == "stamp" else spot_of_ink(image, quad)


def _drawn(record, scan, size, shape):
    """The quad of a field that is given in pixels of the scan, or of a picture of `size` (height, width) of the same form."""
    if record.get("box") is not None:
        box = record["box"]
        if not isinstance(box, list) or len(box) != 4:
            raise ValueError(f"A box is left, top, right and bottom. Received: {record['name']!r}, {str(box)[:80]}. Correct the box.")
        x0, y0, x1, y1 = (check_number("box", number, -65535, 65535) for number in box)
        quad = np.float32([(x0, y0), (x1, y0), (x1, y1), (x0, y1)])
    else:
        quad = check_quad("quad", record["quad"])
    if size is not None:
        if not isinstance(size, list) or len(size) != 2:
            raise ValueError(f"size is height and width of the picture that boxes refer to. Received: {str(size)[:80]}. Correct size.")
        height, width = (check_number("size", side, 1, 65535) for side in size)
        quad = quad * np.float32([shape[1] / width, shape[0] / height])
    return move(scan.matrix, quad)


def _beside(record, scan):
    """The quad of the ruled cell to the right of a label's cell, or below it."""
    place, nth = check_choice("place", record["place"], PLACES), check_number("nth", record.get("nth", 1), 1, 100, whole=True)
    letters = letters_of(scan.page)
    places = find_labels([fold(record["label"])], letters)[0] if fold(record["label"]) else []
    places = sorted(places, key=lambda found: found.start)
    if len(places) < nth:
        raise ValueError(
            f"The label of a field stands on the form. Received: {record['name']!r} beside number {nth} of {record['label']!r}, which "
            f"was read {len(places)} times. Correct the label, or give the field a box."
        )
    quad = quad_of(letters, places[nth - 1].start, places[nth - 1].stop)
    cells = find_cells(scan.image)
    own = int(cells_of_quads(cells, quad[None])[0])
    known = quads_of_cells(cells, [own])
    if own in known:
        (x0, y0), (x1, y1) = known[own].min(axis=0), known[own].max(axis=0)
        step = 0.5 * (quad[3, 1] - quad[0, 1])
        x, y = (x1 + step, (y0 + y1) / 2) if place == "right" else ((x0 + x1) / 2, y1 + step)
        probe = np.float32([(x - 2, y - 2), (x + 2, y - 2), (x + 2, y + 2), (x - 2, y + 2)])
        other = int(cells_of_quads(cells, probe[None])[0])
        found = quads_of_cells(cells, [other])
        if other != own and other in found:
            return np.float32(found[other])
    where = "to its right" if place == "right" else "below it"
    raise ValueError(
        f"The field of a label is a ruled cell {where}. Received: {record['name']!r}, where no such cell was found beside "
        f"{record['label']!r}. Give the field a box."
    )


def draw_blank_picture(page, image):
    """The picture of an empty form as PNG, straightened, in 16 greys and of at most MOST_PICTURE bytes."""
    picture = Image.fromarray(straighten(page, image).image).convert("L")
    picture.thumbnail((MOST_SIDE, MOST_SIDE), Image.Resampling.LANCZOS)
    while True:
        stream = io.BytesIO()
        picture.quantize(16).save(stream, "PNG", optimize=True)
        if stream.tell() <= MOST_PICTURE or min(picture.size) < 100:
            return stream.getvalue()
        picture = picture.resize((picture.width * 4 // 5, picture.height * 4 // 5), Image.Resampling.LANCZOS)
