"""Numbers of persons in whose form a sign was misread, lost or added, or that touch a number beside them.

What is left of the form has to say more than a look-alike does: a day that exists, three whole groups of a card, the shape of a bank's
accounts behind a word. All of them are doubtful ("near"; "loose" where a label alone says it), so that they are hidden whole.
"""

import re

import numpy as np

from ocr_crnn.reading.check_digits import birth_of
from ocr_crnn.reading.folded_text import DASH, Identifier, digits_of, matches, stands_alone
from ocr_crnn.reading.identifier_labels import REGISTRATION, VETO, label_before, letters_of

# Digits of each group of the accounts of a bank.
BANK_SHAPES = {(6, 2, 6), (3, 3, 6), (4, 3, 6), (3, 6, 5), (3, 4, 4, 2), (3, 6, 2, 3), (4, 2, 7)}
REGIONS = (
    "서울", "부산", "대구", "인천", "광주", "대전", "울산", "세종", "경기북부", "경기남부", "경기", "강원", "충북", "충남", "전북", "전남",
    "경북", "경남", "제주",
)  # fmt: skip
_LETTERS = np.stack([letters_of(region) for region in REGIONS if len(region) == 2])
_OF_OTHERS = (VETO, "business", "corporate", "account", "card")
_ISSUERS = "34569"  # first digits of cards

_ODD = r"[^\s\d,:/~-]"  # a sign in the place of a digit
_TOUCHED_THIRTEEN = re.compile(rf"(\d{{3,24}}|\d{{13}}-|\d{{6}}-\d{{7}}-)(\d{{6}}{DASH}\d{{7}})(?!\d)")
_THIRTEEN_AND_ANOTHER = re.compile(rf"(?<![\d-])(\d{{6}}-\d{{7}})(?=0\d{{1,2}}-\d{{3,4}}-\d{{4}}(?!\d)|\d{{6}}{DASH}\d{{7}}(?!\d))")
# The year of birth whole, or the day with dots, before the second half.
_WHOLE_DAY = re.compile(rf"(?<![\d.-])((?:\d\d)?\d\d([-./]) ?\d\d\2 ?\d\d|(?:19|20)\d{{6}}){DASH}(\d{{7}})(?!\d)")
_DASH_TOO_MANY = re.compile(rf"(?=(\d{{1,5}} ?[-.,] ?\d{{1,5}}{DASH}\d{{7}}|\d{{6}}{DASH}\d{{1,6}} ?[-.] ?\d{{1,6}}))")
_ODD_HALF = re.compile(rf"(?=(\d{{6}}{DASH}(?:\d{{1,5}}{_ODD}\d{{1,5}}|\d{{6}}[\])}}|%&@#$?*'\"\\])))")
_FIVE_AND_SEVEN = re.compile(r"(?=(\d{5} ?- ?\d{7}))")  # the first or another digit of the day was lost
_TOUCHED_CARD = re.compile(r"\d{1,12}([34569]\d{3}(?:([- ])\d{4})(?:\2\d{4}){2})(?!\d)")
_OF_BANK = "|".join("-".join(rf"\d{{{count}}}" for count in shape) for shape in sorted(BANK_SHAPES))
_TOUCHED_ACCOUNT = re.compile(rf"(?<![\d-])({_OF_BANK})\d{{3,}}")
_BARE_CARD = re.compile(r"(?=(\d{16}))")
_ODD_GROUP = r"(?=[^\s-]*\d)[^\s가-힣,:/-]{2,5}"
_ODD_CARD = re.compile(
    "(?=("
    + "|".join(
        between.join(_ODD_GROUP if group == odd else r"\d{4}" for group in range(4)) for between in (" ?[-.·] ?", " ") for odd in range(4)
    )
    + "))"
)
_ODD_LICENCE = re.compile(rf"(?=((?:1[1-9]|2[0-68]) ?[-.·] ?\d\d ?[-.·] ?(?:\d{{5,7}}|\d{{1,5}}{_ODD}\d{{1,5}}) ?[-.·] ?\d{{1,3}}))")
_SPACED_LICENCE = re.compile(r"(?=((?:1[1-9]|2[0-68]) \d\d \d{6} \d\d))")
_TOUCHED_LICENCE = re.compile(r"(?<=\d{3})((?:1[1-9]|2[0-68])-\d\d-\d{6}-\d\d)(?![\d-])")
_SPACE_FOR_A_DASH = re.compile(r"(?=((?:1[1-9]|2[0-68]) \d\d-\d{6}-\d\d))")
_REGION_LICENCE = re.compile(r"([가-힣]{2}) ?-?(?:(\d\d-\d{6}-\d\d)|(\d\d ?[-.·]? ?\d{5,7} ?[-.·]{0,2} ?\d{1,2})(?![\d-]))")
_SHAPED = re.compile(r"(?<![\d-])\d{3,6}(?: ?[- ] ?\d{2,7}){2,3}(?![ -]?\d)")
_A_WORD = re.compile(r"[가-힣]{2,}\s?$")
_A_WORD_AND_COLON = re.compile(r"[가-힣]{2,}\s?[:：·]\s?$")
_STREWN = re.compile(r"\d[\d\s.,:;\"'()\[\]*<>\\-]{10,40}\d")
_STREWN_DIGITS = {"rrn": (10, 15), "foreigner": (10, 15), "card": (14, 17)}


def find_damaged(folded):
    """The doubtful Identifiers of a Folded text, some over others."""
    for find in (_find_thirteen, _find_cards, _find_licences, _find_accounts, _find_strewn):
        yield from find(folded)


def _find_thirteen(folded):
    """Resident numbers behind digits of another number, with a digit lost, a dash too many, or a sign for a digit of the second half."""
    for match in _TOUCHED_THIRTEEN.finditer(folded.loose):
        before, number = match[1], re.sub(r"\D", "", match[2])
        is_a_moment = len(before) == 8 and before[:2] in ("19", "20")  # 20260115101112-1234567, an order
        if birth_of(number) and not is_a_moment:
            yield _resident(number, *match.span(2))
    for match in _THIRTEEN_AND_ANOTHER.finditer(folded.loose):
        if birth_of(re.sub(r"\D", "", match[1])):
            yield _resident(re.sub(r"\D", "", match[1]), *match.span(1))
    for start, end, match in matches(folded, _WHOLE_DAY, joined=True):
        day, label = re.sub(r"\D", "", match[1]), label_before(folded.text, start, folded.context)
        born = birth_of(day[-6:] + match[3])
        if born and f"{born:%Y%m%d}".endswith(day) and (label is None or label.kind not in _OF_OTHERS):
            yield _resident(day[-6:] + match[3], start, end)
    for start, end, _ in matches(folded, _FIVE_AND_SEVEN, joined=True):
        value, label = digits_of(folded, start, end), label_before(folded.text, start, folded.context)
        lost = any(birth_of(value[:i] + digit + value[i:6]) for i in range(6) for digit in "0123456789")
        if lost and label is None:
            yield Identifier("foreigner" if value[5] in "5678" else "rrn", start, end, value, False, "near", None)
    for pattern, count in ((_DASH_TOO_MANY, 13), (_ODD_HALF, 12)):
        for start, end, _ in matches(folded, pattern, joined=True):
            value, label = digits_of(folded, start, end), label_before(folded.text, start, folded.context)
            if len(value) == count and birth_of(value) and (label is None or label.kind not in _OF_OTHERS):
                yield _resident(value, start, end)


def _resident(value, start, end):
    return Identifier("foreigner" if value[6] in "5678" else "rrn", start, end, value, False, "near", None)


def _find_cards(folded):
    """Sixteen digits whose spaces were lost, and cards with a group that has lost a digit or has a sign for one."""
    for match in _TOUCHED_CARD.finditer(folded.loose):
        yield Identifier("card", *match.span(1), digits_of(folded, *match.span(1)), False, "near", None)
    for pattern in (_BARE_CARD, _ODD_CARD):
        for start, end, match in matches(folded, pattern):
            value, label = digits_of(folded, start, end), label_before(folded.text, start, folded.context)
            is_odd = "-" in match[1] or not set(match[1]) <= set("0123456789 ")  # of groups of figures with spaces most are none
            is_card = label is not None and label.kind == "card" or label is None and value[0] in _ISSUERS
            if is_card and 13 <= len(value) <= 17 and (is_odd or pattern is _BARE_CARD):
                yield Identifier("card", start, end, value, False, "near", label.text if label else None)


def _find_licences(folded):
    """Licences with a digit or a dash too few or too many, or behind a region that was misread."""
    for start, end, _ in (*matches(folded, _ODD_LICENCE), *matches(folded, _SPACE_FOR_A_DASH)):
        value, label = digits_of(folded, start, end), label_before(folded.text, start, folded.context)
        if 9 <= len(value) <= 12 and (label is None or label.kind in ("licence", REGISTRATION)):
            yield Identifier("licence", start, end, value, None, "near", label.text if label else None)
    for match in _TOUCHED_LICENCE.finditer(folded.loose):
        yield Identifier("licence", *match.span(1), digits_of(folded, *match.span(1)), None, "near", None)
    for start, end, _ in matches(folded, _SPACED_LICENCE):
        before, label = folded.text[max(start - 12, 0) : start], label_before(folded.text, start, folded.context)
        if label is None and _A_WORD_AND_COLON.search(before):
            yield Identifier("licence", start, end, digits_of(folded, start, end), None, "near", None)
    for match in _REGION_LICENCE.finditer(folded.loose):
        start, end = match.span(2 if match[2] else 3)
        value, wrong = digits_of(folded, start, end), _wrong_letters(folded.text[match.start(1) : match.end(1)])
        set_apart = "-" in folded.loose[start:end] or re.fullmatch(r"\d\d \d{6} \d\d", folded.loose[start:end])
        if wrong <= 1 and 9 <= len(value) <= 11 and set_apart:
            yield Identifier("licence", start, end, value, None, "near", None)


def _wrong_letters(text):
    """How many letters of two syllables differ from those of the region that is nearest."""
    return int((letters_of(text)[None] != _LETTERS).sum(axis=(1, 2)).min())


def _find_accounts(folded):
    """Groups of digits in the shape of a bank's accounts behind a word that may be its name, or a label, of which letters are wrong."""
    for match in _SHAPED.finditer(folded.loose):
        start, end = match.span()
        shape = tuple(len(group) for group in re.findall(r"\d+", match[0]))
        before = folded.text[max(start - 12, 0) : start]
        named = _A_WORD_AND_COLON.search(before) and "-" in match[0]
        named = named or len(shape) == 4 and _A_WORD.search(before)
        if shape in BANK_SHAPES and named and label_before(folded.text, start, folded.context) is None and stands_alone(folded, start, end):
            yield Identifier("account", start, end, digits_of(folded, start, end), None, "near", None)
    for match in _TOUCHED_ACCOUNT.finditer(folded.loose):
        label = label_before(folded.text, match.start(), folded.context)
        if label and label.kind == "account" and label.distance <= 2:
            yield Identifier("account", *match.span(1), digits_of(folded, *match.span(1)), None, "near", label.text)


def _find_strewn(folded):
    """The digits of a resident number or a card behind its label, with signs and spaces strewn among them by a rule that touches them."""
    for match in _STREWN.finditer(folded.loose):
        label = label_before(folded.text, match.start(), folded.context)
        value = digits_of(folded, *match.span())
        least, most = _STREWN_DIGITS.get(label.kind if label else None, (1, 0))
        if least <= len(value) <= most and label.distance <= 2:
            yield Identifier(label.kind, *match.span(), value, None, "loose", label.text)
